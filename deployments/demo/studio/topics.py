"""Hold the templates and slot fillings of the grammar: what the people of the demo channel talk about."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Topic:
    """Group the templates that belong to one subject."""

    name: str
    templates: tuple[str, ...]


COUNT = ("two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "twelve")
SLOTS: dict[str, tuple[str, ...]] = {
    "count": COUNT,
    "tens": ("ten", "fifteen", "twenty", "thirty", "forty", "fifty", "sixty", "ninety"),
    "clock": ("five", "six", "seven", "eight", "nine", "ten", "eleven"),
    "part": ("in the morning", "in the afternoon", "in the evening", "at night", "before breakfast", "after lunch"),
    "day": ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"),
    "season": ("spring", "summer", "autumn", "winter"),
    "who": (
        "Doctor Vale", "Doctor Moreno", "Doctor Kim", "Professor Lind", "Professor Hart", "Coach Bryant", "Coach Mills",
        "my sister", "my father", "my neighbor", "our friend", "Helen Ward",
    ),
    "people": ("students", "nurses", "drivers", "teachers", "runners", "farmers", "pilots", "dancers", "soldiers"),
    "city": ("London", "Oslo", "Boston", "Tokyo", "Madrid", "Dublin", "Chicago", "Vienna", "Sydney", "Berlin"),
    "drink": ("coffee", "green tea", "black tea", "cold water", "warm milk", "orange juice", "red wine", "lemon water"),
    "food": (
        "oats", "eggs", "yogurt", "salmon", "lentils", "beans", "spinach", "almonds", "rice", "chicken", "berries",
        "brown bread", "olive oil", "sweet potatoes", "garlic", "apples", "cheese", "walnuts",
    ),
    "exercise": (
        "walking", "running", "swimming", "rowing", "cycling", "dancing", "climbing", "yoga", "lifting weights",
        "jumping rope",
    ),
    "lift": ("squats", "deadlifts", "push ups", "pull ups", "lunges", "planks", "bench presses"),
    "room": ("kitchen", "bedroom", "office", "garden", "garage", "bathroom", "hallway"),
    "effect": (
        "sleep deeper", "feel calmer", "wake up earlier", "eat less sugar", "think more clearly", "recover faster",
        "burn more energy", "feel less hungry", "breathe more slowly", "stay warm",
    ),
    "part_of_body": ("heart", "brain", "liver", "muscles", "lungs", "knees", "skin", "shoulders", "eyes", "stomach"),
    "change": ("rises", "falls", "doubles", "drops by half", "stays the same", "goes up a little"),
    "feeling": ("tired", "hungry", "calm", "strong", "sleepy", "awake", "stressed", "happy", "sore", "dizzy"),
    "thing": ("a notebook", "a blue lamp", "a heavy blanket", "a cheap fan", "a paper map", "a wool hat", "a mask"),
    "name": (
        "Nora Bell", "Tom Hale", "Anna Reed", "Victor Stone", "Ruth Gray", "Sam Park", "Grace Lowe", "Paul West",
        "Lucy Fields", "Henry Moss", "Maria Cole", "Peter Young",
    ),
    "subject": (
        "morning light", "better sleep", "coffee and tea", "short naps", "a good breakfast", "strong muscles",
        "long walks", "cold water", "slow breathing", "travel and sleep", "food and mood", "simple habits",
    ),
    "opinion": ("a great idea", "a big mistake", "worth a try", "harder than it sounds", "my favorite advice"),
}  # fmt: skip
TOPICS = (
    Topic("opening", (
        "Welcome back to the quiet hour, the show about {subject}.",
        "I am {name}, and today we talk about {subject}.",
        "My guest today is {name}, who has studied {subject} for {tens} years.",
        "With me in the studio are {name} and {name}.",
        "This is a short episode about {subject} and {subject}.",
        "Thank you for having me, {name}.",
        "Good to be here, I love to talk about {subject} and {subject}.",
        "Last {day} a listener from {city} asked me about {subject}.",
    )),
    Topic("talk", (
        "Tell me, what does {exercise} do to the {part_of_body}?",
        "So what should we eat when we feel {feeling}, {food} or {food}?",
        "How many minutes of {exercise} do you do on a {day}?",
        "I tried that last {season}, and I felt {feeling} for {count} days.",
        "Many {people} have asked me that, and the answer is {food}.",
        "Honestly, I think {exercise} before bed is {opinion}.",
        "That is {opinion}, but only if you are not too {feeling}.",
        "Let me add one thing about {subject}.",
        "And what did {who} say about {exercise}?",
        "Why do {people} feel so {feeling} in {season}?",
        "I would never do that with {food} on a {day}.",
        "Could you explain {subject} again, {name}?",
    )),
    Topic("closing", (
        "That was {name} on {subject}, thank you so much for coming.",
        "Next {day} we will talk about {subject}, so please join us.",
        "If you remember only one thing this {season}, remember {subject}.",
        "Try it for {count} days and write to us.",
        "Until next {day}, sleep well and eat your {food}.",
        "My last advice is to buy {thing} and to keep {exercise}.",
    )),
    Topic("light", (
        "Go outside for {tens} minutes of sunlight {part}.",
        "Bright light {part} tells the {part_of_body} that the day has begun.",
        "{who} put {thing} in the {room} to make the evening darker.",
        "In {city} the sun sets at {clock} in {season}, so people need lamps.",
        "{who} measured the light in the {room} for {count} weeks.",
        "Turn off every lamp in the {room} by {clock} in the evening.",
        "People who sit near a window {effect} and {effect}.",
    )),
    Topic("sleep", (
        "{who} goes to bed at {clock} and wakes up at {clock}.",
        "Most {people} sleep only {count} hours a night.",
        "Keep the {room} cool and dark, about {tens} degrees.",
        "A nap of {tens} minutes helps {people} to {effect}.",
        "{who} slept in a tent in {city} for {count} weeks.",
        "After {count} nights of short sleep, blood sugar {change}.",
        "{who} sleeps under {thing} and wakes up {feeling}.",
        "Deep sleep cleans the {part_of_body} and repairs the {part_of_body}.",
    )),
    Topic("caffeine", (
        "{who} drinks {count} cups of {drink} every {day}.",
        "Stop drinking {drink} {count} hours before you go to bed.",
        "Half of the caffeine is still in the blood after {count} hours.",
        "{people} who drink {drink} {part} often {effect}.",
        "Wait {tens} minutes after waking up before your first cup of {drink}.",
        "In {city} they serve {drink} with {food} and a little salt.",
        "{who} changed from {drink} to {drink} and felt less {feeling}.",
    )),
    Topic("food", (
        "{who} eats {food} and {food} for breakfast.",
        "Eat {tens} grams of protein {part}, for example from {food}.",
        "{food} and {food} are full of fiber and feed the gut.",
        "{who} ate nothing but {food} for {count} days.",
        "The best dinner in {city} is {food} with {food} and {drink}.",
        "A handful of {food} makes {people} feel {feeling}.",
        "Finish dinner by {clock} and do not snack on {food}.",
        "In one study, {tens} {people} ate {food} every {day}.",
        "{who} keeps {food} in the {room} for hard days.",
    )),
    Topic("strength", (
        "Do {count} sets of {lift} {count} times a week.",
        "{who} does {tens} {lift} every {day}.",
        "Strong {part_of_body} protect you when you grow old.",
        "Rest for {count} minutes between sets of {lift} and {lift}.",
        "{who} built a small gym in the {room} for {tens} dollars.",
        "{people} who started {lift} at the age of {tens} soon felt {feeling}.",
        "Never do {lift} when you are {feeling} or {feeling}.",
        "{who} hurt both knees while doing {lift} in {city}.",
    )),
    Topic("endurance", (
        "{who} walks {count} miles every {day} in {season}.",
        "Walk for {tens} minutes after dinner, and blood sugar {change}.",
        "{who} ran from {city} to {city} in {count} days.",
        "Slow {exercise} trains the {part_of_body} and the {part_of_body}.",
        "During {exercise} you should still be able to talk for {tens} minutes.",
        "{who} started {exercise} with a group of {people} in {city}.",
        "With {exercise} the heart rate {change} after {count} weeks.",
        "{who} wears {thing} while {exercise} in {season}.",
    )),
    Topic("heat and cold", (
        "Stay in cold water for {count} minutes, no longer.",
        "{who} takes an ice bath {part} on {day}.",
        "{count} minutes in a hot sauna make the {part_of_body} work harder.",
        "{who} built a sauna in the {room} last {season}.",
        "{people} who swim in the cold sea near {city} {effect}.",
        "A hot shower {part} helps you to {effect}.",
        "After the sauna drink {drink} and eat {food}.",
    )),
    Topic("calm", (
        "Breathe in for {count} seconds and breathe out for {count} seconds.",
        "{who} writes {count} lines in {thing} {part}.",
        "When you feel {feeling}, look at something far away for {tens} seconds.",
        "{who} plays the piano in the {room} to feel {feeling}.",
        "{tens} minutes of quiet {part} help {people} to {effect}.",
        "Slow breathing calms the {part_of_body}, and stress {change}.",
        "{who} left the phone in the {room} for {count} weeks.",
    )),
    Topic("travel", (
        "{who} flew from {city} to {city} and stayed {feeling} for {count} days.",
        "On the plane I only eat {food} and drink {drink}.",
        "After a flight to {city}, go {exercise} {part}.",
        "{who} always packs {thing} and some {food}.",
        "Move your bedtime by {tens} minutes for {count} days before the flight.",
        "The night train from {city} to {city} leaves at {clock} on {day}.",
    )),
)  # fmt: skip
