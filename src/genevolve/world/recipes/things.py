"""Everyday things that requests may name, by split: the scene inventory without nouns that read badly in a request."""

from dataclasses import dataclass
from functools import cache

from genevolve.data.splits import EntitySplit, entity_split
from genevolve.world.language.inventory import InventoryEntry, depicted, entries, plural_of

# Nouns without a plain singular or plural ("three breads"), and things that a request names for other reasons.
_AWKWARD = frozenset(
    (
        "bread", "cheese", "corn", "garlic", "lettuce", "ginger", "salad", "popcorn", "soup", "noodle soup", "rice", "sushi",
        "juice", "milk", "tea", "coffee", "soda", "beer", "champagne", "honey", "chocolate", "bacon", "steak", "salt",
        "toilet paper", "french fries", "spaghetti", "broccoli", "paella", "pudding", "chopsticks", "trousers", "shorts",
        "glasses", "sunglasses", "goggles", "headphones", "maracas", "skis", "scissors", "books", "badminton", "ping pong",
        "lightning", "wheat", "fire", "thread", "yarn", "soap", "fork", "glass", "cup", "dart", "fly", "clown", "picture",
        "sign", "flag", "letter", "ticket", "calendar", "newspaper", "scroll", "clipboard", "notebook", "keyboard", "person",
        "man", "woman", "boy", "girl", "child", "baby", "family", "human", "frying pan", "wooden spoon", "stop sign", "mirror",
        "window", "cake", "bank", "school", "bow", "can", "wave", "gravestone", "skull", "bomb", "sword", "knife", "syringe",
        "pill", "shower", "toilet", "bathtub", "bikini", "swimsuit", "compact disc", "soft drink", "bean", "grape", "chain",
        "log", "shell", "rainbow", "iceberg", "island", "spider web", "wine glass", "cocktail", "tropical drink", "lipstick",
        "king", "queen", "prince", "planet", "globe", "banknote", "love letter", "ice cream", "nest", "calculator",
    )
)  # fmt: skip
_TINTABLE = frozenset(
    (
        "car", "bus", "van", "truck", "bicycle", "motorcycle", "scooter", "train", "balloon", "umbrella", "chair", "armchair",
        "couch", "book", "t-shirt", "dress", "hat", "cap", "scarf", "coat", "sock", "shoe", "sneaker", "boot", "handbag",
        "backpack", "suitcase", "tie", "gift", "candle", "teapot", "bowl", "bottle", "bucket", "kite", "heart", "star", "tulip",
        "rose", "apple", "pear", "bird", "fish", "butterfly", "key", "guitar", "tent", "house", "door", "helmet", "glove",
        "purse", "ribbon", "crayon", "mobile phone", "mailbox", "telephone", "camera", "leaf", "mushroom", "flower", "bell",
        "rocket", "sailboat", "jug", "basket", "blouse", "cupcake", "pepper", "tractor", "airplane", "octopus", "snail",
        "padlock", "crown", "briefcase", "high heel", "sandal", "skateboard", "parrot", "banana",
    )
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class EverydayObject:
    """``entity`` is shared by all nouns that one pictogram can stand for ("dog", "poodle"), so that they share a split."""

    noun: str
    plural: str
    looks: tuple[str, ...]
    living: bool
    tintable: bool
    entity: str


@cache
def things(split: EntitySplit) -> tuple[EverydayObject, ...]:
    """The things of ``split``, in the order of the inventory."""
    families = _families()
    found = (_thing(entry, families[entry.noun]) for entry in entries() if entry.noun not in _AWKWARD)
    return tuple(thing for thing in found if entity_split(thing.entity) is split)


_WRITTEN = {"santa claus": ("Santa Claus", "Santa Clauses")}  # the inventory's nouns are in lower case


def _thing(entry: InventoryEntry, entity: str) -> EverydayObject:
    noun, plural = _WRITTEN.get(entry.noun, (entry.noun, entry.plural or plural_of(entry.noun)))
    return EverydayObject(
        noun=noun,
        plural=plural,
        looks=entry.looks,
        living=entry.living,
        tintable=entry.noun in _TINTABLE,
        entity=entity,
    )


@cache
def _families() -> dict[str, str]:
    """Noun → "thing:" and the first noun of those that share a look with it, directly or through others."""
    parent: dict[str, str] = {}

    def root(name: str) -> str:
        while parent.setdefault(name, name) != name:
            name = parent[name]
        return name

    for entry in entries():
        for look in entry.looks:
            first, second = root(look), root(entry.noun)
            parent[max(first, second)] = min(first, second)
    members: dict[str, str] = {}
    for entry in entries():
        members.setdefault(root(entry.noun), f"thing:{entry.noun}")
    return {entry.noun: members[root(entry.noun)] for entry in entries()}


def entity_of_look(look: str, otherwise: str) -> str:
    """The entity of the everyday thing that ``look`` shows, so that a zodiac animal shares its split; else ``otherwise``."""
    entry = depicted(look.removeprefix("openmoji:"))
    return _families()[entry.noun] if entry else otherwise
