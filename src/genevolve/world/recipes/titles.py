"""Short texts that people put on posters and cards. Upper case, plain ASCII and short, so that an image can hold them."""

from random import Random

_OPENERS = (
    "WELCOME", "HELLO", "GOOD MORNING", "THANK YOU", "SAVE THE DATE", "OPEN DAY", "FRESH TODAY", "BIG SALE", "GAME NIGHT",
    "MARKET DAY", "QUIZ TIME", "BEST IN SHOW", "SUMMER FAIR", "WINTER SALE", "SPRING FEST", "LAST CALL", "NOW OPEN",
    "CLOSED TODAY", "PLEASE KNOCK", "MIND THE STEP", "COME AND SEE", "KNOW YOUR WORLD", "WORLD QUIZ", "FIELD TRIP",
    "STAFF ONLY", "LOST AND FOUND", "READ MORE", "TRY ME", "TEAM LUNCH", "OPEN LATE", "FAMILY DAY", "FIRST PRIZE",
    "WELL DONE", "HAPPY HOUR", "TAKE ONE", "NEXT STOP", "GRAND TOUR", "LUCKY DAY", "NEW HERE", "ALL ABOARD", "SHOW TIME",
    "HANDLE WITH CARE", "DO NOT DISTURB", "BACK SOON", "KEEP CALM", "LEARN WITH US", "GUESS WHERE", "NAME THE PLACE",
    "OFF WE GO", "STORY HOUR", "PHOTO CONTEST", "FUN RUN", "OPEN MIC", "CHESS CLUB", "ART CLASS", "MUSIC WEEK",
)  # fmt: skip
_FIRST = ("OUR", "THE", "MY", "GRAND", "LITTLE", "GREAT", "FIRST", "MIDNIGHT", "SUNDAY", "MORNING", "SECRET", "GOLDEN")
_SECOND = (
    "PARADE",
    "COLLECTION",
    "ADVENTURE",
    "WORKSHOP",
    "PICNIC",
    "GALLERY",
    "JOURNEY",
    "REUNION",
    "BAZAAR",
    "SHOW",
    "MEETING",
)
_NAMES = ("MIA", "OMAR", "LENA", "PAUL", "AMARA", "NOAH", "YUKI", "CLARA", "HUGO", "ZARA", "IVAN", "ROSA")
_CAPTIONS = (
    "Doors open at 7", "Only three left", "Made with love", "Since 1987", "Please recycle", "Free entry", "Room 12",
    "Bring a friend", "See you there", "Every Tuesday", "Ask at the desk", "Batch 42", "Act two", "From 9 to 5", "Chapter One",
    "For all ages", "Ground floor", "No tickets needed", "One per person", "Price 25", "Turn the page", "Lesson 8", "Stage 3",
    "Call 555 0142", "Rain or shine", "Saturday 10 May", "Until sold out", "Team B", "Grade 4", "Open to everyone",
)  # fmt: skip


def title(random: Random) -> str:
    """One of about 450 titles, usually in capitals."""
    kind = random.random()
    if kind < 0.55:
        text = random.choice(_OPENERS)
    elif kind < 0.85:
        text = f"{random.choice(_FIRST)} {random.choice(_SECOND)}"
    else:
        text = (
            f"{random.choice(('HAPPY BIRTHDAY', 'GOOD LUCK', 'BRAVO', 'HELLO', 'GET WELL', 'THANKS'))} {random.choice(_NAMES)}"
        )
    return text if random.random() < 0.75 else text.title()


def caption(random: Random) -> str:
    return random.choice(_CAPTIONS)
