// Plays recordings and videos where they are talked about. Without it the page still reads, searches and names.
"use strict";

const PLAYER = "https://www.youtube-nocookie.com/embed/";

function holderOf(media) {
  return media.querySelector("[data-player]");
}

function audioOf(media) {
  const present = media.querySelector("audio");
  if (present) return present;
  const audio = document.createElement("audio");
  audio.controls = true;
  audio.src = media.dataset.audio;
  holderOf(media).append(audio);
  guard(audio);
  return audio;
}

// One sound at a time, whoever starts it.
function guard(audio) {
  const media = audio.closest("[data-media]");
  audio.addEventListener("play", () => silence(audio));
  audio.addEventListener("error", () => tell(media, "The recording cannot be played: load the page again."));
}

function tell(media, text) {
  const line = document.createElement("p");
  line.setAttribute("role", "alert");
  line.textContent = text;
  holderOf(media).replaceChildren(line);
}

// A position can be set only once the length is known.
function seek(audio, moment) {
  if (audio.readyState > 0) audio.currentTime = moment;
  else audio.addEventListener("loadedmetadata", () => { audio.currentTime = moment; }, { once: true });
}

function silence(except) {
  for (const audio of document.querySelectorAll("audio")) if (audio !== except) audio.pause();
  for (const frame of document.querySelectorAll("iframe")) frame.remove();
}

function listen(media, moment) {
  const audio = audioOf(media);
  seek(audio, moment);
  audio.play().catch(() => {}); // the controls are there: a browser may want a click on them first
}

function watch(media, moment) {
  silence();
  const frame = document.createElement("iframe");
  frame.src = `${PLAYER}${media.dataset.youtube}?autoplay=1&start=${Math.floor(moment)}`;
  frame.title = "The video";
  frame.allow = "autoplay; encrypted-media; picture-in-picture; fullscreen";
  frame.referrerPolicy = "strict-origin-when-cross-origin"; // the player refuses to play for nobody
  holderOf(media).append(frame);
}

function play(media, moment) {
  const isWatched = media.querySelector("iframe") || !media.dataset.audio;
  if (!isWatched) listen(media, moment);
  else if (media.dataset.youtube) watch(media, moment);
}

document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-listen], [data-watch]");
  if (!button) return;
  const media = button.closest("[data-media]");
  if ("listen" in button.dataset) listen(media, Number(button.dataset.listen));
  else watch(media, Number(button.dataset.watch));
});

document.addEventListener("keydown", (event) => {
  const isTyping = event.target.closest("input, select, textarea");
  if (event.key !== "/" || isTyping || event.ctrlKey || event.metaKey || event.altKey) return;
  event.preventDefault();
  const box = document.querySelector("[data-search]");
  if (box) box.select();
  else location.assign("/");
});

function readTranscript(text) {
  const media = text.closest("[data-media]");
  const words = [...text.querySelectorAll("span[data-t]")];
  const starts = words.map((word) => Number(word.dataset.t));
  let current = null;

  function wordAt(moment) {
    let low = 0;
    let high = starts.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (starts[middle] <= moment) low = middle + 1;
      else high = middle;
    }
    return words[Math.max(0, low - 1)];
  }

  function mark(word) {
    if (current) current.classList.remove("now");
    current = word;
    current.classList.add("now");
  }

  function follow(audio) {
    audio.addEventListener("timeupdate", () => mark(wordAt(audio.currentTime + 0.05)));
  }

  function open() {
    const found = /^#t=(\d+(?:\.\d+)?)$/.exec(location.hash);
    if (!found) return;
    const moment = Number(found[1]);
    mark(wordAt(moment));
    current.scrollIntoView({ block: "center" });
    const audio = media.querySelector("audio");
    if (audio) seek(audio, moment);
  }

  text.addEventListener("click", (event) => {
    const word = event.target.closest("[data-t]");
    if (!word || String(getSelection())) return;
    event.preventDefault();
    history.replaceState(null, "", `#t=${word.dataset.t}`);
    mark(wordAt(Number(word.dataset.t)));
    play(media, Number(word.dataset.t));
  });
  addEventListener("hashchange", open);
  const audio = media.querySelector("audio");
  if (audio) follow(audio);
  open();
}

document.querySelectorAll("audio").forEach(guard);
const transcript = document.querySelector("[data-transcript]");
if (transcript && transcript.querySelector("span[data-t]")) readTranscript(transcript);
