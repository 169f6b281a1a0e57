"""Phrases from which requests are built. Every family draws from the same tables, so that no wording marks a family."""

from genevolve.core.claim import Arrangement, Direction, Place

# ---- what the picture is for ------------------------------------------------------------------------------------------

# Things that people ask for which usually carry words, and those that need none.
LETTERED_OCCASIONS = (
    "poster", "postcard", "greeting card", "birthday card", "classroom chart", "menu cover", "badge", "invitation",
    "museum label", "flyer", "book cover", "banner", "flash card", "quiz card", "leaflet", "magazine cover", "album cover",
    "sign for the door", "brochure cover", "place card", "slide", "thank-you card", "luggage tag", "postage stamp",
    "trading card", "bookmark", "calendar page", "notice", "T-shirt design", "mug design", "team logo", "newsletter header",
    "gift tag", "event programme", "shop window sign", "school worksheet", "certificate", "programme cover",
)  # fmt: skip
PLAIN_OCCASIONS = (
    "picture", "drawing", "illustration", "image", "app icon", "sticker", "wall print", "photo", "scene", "graphic",
    "sticker sheet", "phone wallpaper", "clip-art picture", "painting", "cartoon", "profile picture",
)  # fmt: skip
QUALIFIERS = ("", "", "", "", "simple", "cheerful", "clean", "friendly", "modern", "neat", "little", "bold", "playful", "nice")

PURPOSES = (
    "my daughter's class", "our school fair", "the community centre", "a geography quiz", "my nephew", "the office kitchen",
    "our spring open day", "next Saturday", "my grandmother", "a school project", "our village newsletter", "the youth club",
    "a children's party", "my students", "the waiting room", "an exhibition next month", "the library", "our neighbours",
    "a friend who is moving away", "the staff room", "a family reunion", "the summer camp", "my colleague Ines", "our street",
    "a trivia evening", "the front desk", "a home-schooling lesson", "our team meeting", "an evening class", "the hallway",
)  # fmt: skip
ASIDES = (
    "We will print it on thick paper.", "It will hang near the entrance.", "I need it by Friday.",
    "The kids are five, so keep it easy to read.", "Thanks a lot!", "Thank you.", "Many thanks in advance.",
    "Keep it simple.", "Nothing too fancy.", "It should look professional.", "People will see it from a few metres away.",
    "Take your time.", "Make it pleasant to look at.", "Surprise me with the rest.", "I will frame it.", "No rush.",
    "The rest is up to you.", "It has to be easy to understand at a glance.", "Cheers!", "Please and thank you.",
    "My boss asked for this at short notice.", "We tried it ourselves and it never came out right.",
    "It goes on a wall where many people pass by.", "I am no good at this, so I leave the details to you.",
    "Last year's version was too crowded.", "Let me know if anything is unclear.", "It is a surprise, so keep it secret.",
)  # fmt: skip

THANKS = ("Thanks a lot!", "Thank you.", "Many thanks in advance.", "Cheers!", "Please and thank you.")  # one is enough

# ---- how a request begins -----------------------------------------------------------------------------------------------

# {occasion} carries its article; {scene} is a noun phrase; {attached} are "with"-phrases or empty; {purpose} is "for …".
FRAMES = (
    "[Please |]{make} {occasion} {showing} {scene}{attached}{purpose}.",
    "[Please |Kindly |]{make} [me |us |]{occasion}{purpose}[:| with| –] {scene}{attached}.",
    "[I need|I would like|I'd like|I want|I'm looking for|We need|We'd love] {occasion}{purpose} {showing} {scene}{attached}.",
    "[I need|I would like|I'd like|We want|We are after] {occasion}{purpose}: {scene}{attached}.",
    "[Can|Could|Would] you [please |]{make} {occasion} {showing} {scene}{attached}{purpose}?",
    "{Occasion} {showing} {scene}{attached}.",
    "{Occasion}{purpose}: {scene}{attached}.",
    "{Occasion}{purpose}. {Scene}{attached}.",
    "{Scene}{attached}. [It's|This is|It is] {occasion}{purpose}.",
    "{Scene}{attached}, [made into|as|laid out as] {occasion}.",
    "[Draw|Paint|Show|Create|Depict] {scene}{attached}.",
    "[Draw|Show|Paint|Depict] {scene}{attached}[ please|] – [it's|this is] {occasion}{purpose}.",
    "[This is|It's|Here is what I need] {purposed}: {occasion} {showing} {scene}{attached}.",
    "[Hi, |Hello! |Hey, |]I'm [making|putting together|preparing] {occasion}{purpose}. [I want to see|It should show|Show"
    "|It needs] {scene}{attached}.",
    "[Help me with|Let's make|Let's do] {occasion}{purpose}: [show |]{scene}{attached}.",
    "[What I have in mind is|I imagine|I'm picturing|Think of] {occasion} {showing} {scene}{attached}.",
    "[We're|Our group is] [organising something|planning a surprise|short of ideas] {purposed} and looking for {occasion}. "
    "[Please show|Show|It should have] {scene}{attached}.",
)
PLAIN_FRAMES = (
    "{Occasion} of {scene}{attached}{purpose}.",
    "[I need|I'd like|I want|Please make me|Give me|Could you send me] {occasion} of {scene}{attached}{purpose}.",
    "{Scene}{attached}.",
)
TITLED = ("{occasion} [titled|called|entitled|headed] {t}", "{occasion} [with the title|with the words|that says|saying] {t}")
BARE_TITLED = ("titled {t}{at}", "with the title {t}{at}", "that says {t}{at}", "with {t} in big letters{at}")
MAKE = ("make", "make", "design", "create", "draw", "prepare", "produce")
SHOWING = ("showing", "with", "that shows", "featuring", "depicting", "which has", "that has")

# ---- words in the picture -----------------------------------------------------------------------------------------------

# Attached to the scene ("… with the title …") or as sentences of their own. {t} is the text in its quotes, {at} a place
# or empty, {ink} the colour or empty; {t} may also be a description such as "the name of its capital".
TITLE_ATTACHED = (
    "titled {t}{at}{ink}", "with the title {t}{at}{ink}", "with {t} as the title{at}{ink}", "with the headline {t}{at}{ink}",
    "with the words {t}{at}{ink}", "saying {t}{at}{ink}", "that says {t}{at}{ink}", "with the heading {t}{at}{ink}",
    "and the text {t}{at}{ink}", "and {t} written on it{at}{ink}", "with {t} in [big |large |]letters{at}",
    "with the lettering {t}{at}{ink}", "and a title that reads {t}{at}{ink}",
)  # fmt: skip
TITLE_SENTENCES = (
    "The title is {t}{at}{ink}.", "The title should [be|read|say] {t}{at}{ink}.", "It should say {t}{at}{ink}.",
    "Add the [text|title|words|heading] {t}{at}{ink}.", "Write {t} on it{at}{ink}.", "Title: {t}{at}{ink}.",
    "I'd like it to [say|read] {t}{at}{ink}.", "Put the words {t} on it{at}{ink}.", "The heading is {t}{at}{ink}.",
    "Please [include|add] the words {t}{at}{ink}.", "It has to read {t}{at}{ink}.", "Heading: {t}{at}{ink}.",
    "The [headline|heading] reads {t}{at}{ink}.", "[As|For] the title, use {t}{at}{ink}.", "Call it {t}{at}{ink}.",
)  # fmt: skip
CAPTION_ATTACHED = (
    "with the caption {t}{at}{ink}", "captioned {t}{at}{ink}", "and the caption {t}{at}{ink}", "with {t} as a caption{at}{ink}",
    "and, smaller, the line {t}{at}{ink}", "with the line {t}{at}{ink}", "and a small line saying {t}{at}{ink}",
)  # fmt: skip
CAPTION_SENTENCES = (
    "The caption [reads|is|says|should be] {t}{at}{ink}.", "Caption: {t}{at}{ink}.", "Add a caption that says {t}{at}{ink}.",
    "There should [also |]be a line saying {t}{at}{ink}.", "In smaller letters it says {t}{at}{ink}.",
    "Also write {t}{at}{ink}.", "A smaller line reads {t}{at}{ink}.", "[Include|Add] {t} as a caption{at}{ink}.",
)  # fmt: skip
LABEL_ATTACHED = ("labelled {t}{ink}", "with the label {t}{ink}", "and the label {t}{ink}")
LABEL_SENTENCES = (
    "Label {it} {t}{ink}.", "The label under {it} [says|reads|is] {t}{ink}.", "Write {t} under {it}{ink}.",
    "Put {t} [below|under|underneath] {it}{ink}.", "[Underneath|Below] {it}, write {t}{ink}.",
)  # fmt: skip
# Texts that are described, {d}: forms without a role, as a caption, and as the title.
DESCRIBED_ATTACHED = (
    "with {d} written [on it|underneath|below]", "and {d} written [below|underneath|under it]", "and, in words, {d}",
    "labelled with {d}", "and {d} in [big |clear |]letters", "with {d} in [large |bold |]letters",
)  # fmt: skip
DESCRIBED_SENTENCES = (
    "Write {d} [below|underneath|under it|on it].", "Add {d} in [clear |large |]letters.", "Please also write {d}.",
    "It should say {d}.", "Put {d} [under|below] it.", "I also want {d} written [on it|below it].", "Underneath, write {d}.",
    "Include {d} as text.", "Spell out {d} [below|underneath|on it].", "[Please |]print {d} on it[ in clear letters|].",
)  # fmt: skip
DESCRIBED_CAPTIONED = ("captioned with {d}", "with {d} as the caption")
DESCRIBED_CAPTIONS = ("The caption should be {d}.", "Caption it with {d}.", "For the caption, use {d}.")
DESCRIBED_TITLED = ("titled with {d}", "with {d} as the title")
DESCRIBED_TITLES = ("The title should be {d}.", "Use {d} as the title.")
INK = (" in {c}", " in {c} letters", ", written in {c}", " in {c} lettering", ", in {c}")
QUOTES = (('"', '"'), ('"', '"'), ('"', '"'), ("“", "”"), ("“", "”"), ("'", "'"))
TEXT_PLACES = {
    Place.TOP: (" at the top", " across the top", " along the top", " up at the top"),
    Place.BOTTOM: (" at the bottom", " across the bottom", " along the bottom edge", " down at the bottom"),
    Place.TOP_LEFT: (" in the top left corner", " in the upper left"),
    Place.TOP_RIGHT: (" in the top right corner", " in the upper right"),
    Place.BOTTOM_LEFT: (" in the bottom left corner", " in the lower left corner"),
    Place.BOTTOM_RIGHT: (" in the bottom right corner", " in the lower right corner"),
}

# ---- things in the picture ----------------------------------------------------------------------------------------------

THING_PLACES = {
    Place.TOP_LEFT: ("in the top left corner", "in the upper left corner", "at the top left"),
    Place.TOP: ("at the top", "near the top"),
    Place.TOP_RIGHT: ("in the top right corner", "in the upper right corner", "at the top right"),
    Place.LEFT: ("on the left", "on the left side", "on the left-hand side", "at the left"),
    Place.CENTER: ("in the middle", "in the centre", "in the center", "right in the middle"),
    Place.RIGHT: ("on the right", "on the right side", "on the right-hand side", "at the right"),
    Place.BOTTOM_LEFT: ("in the bottom left corner", "in the lower left corner", "at the bottom left"),
    Place.BOTTOM: ("at the bottom", "near the bottom"),
    Place.BOTTOM_RIGHT: ("in the bottom right corner", "in the lower right corner", "at the bottom right"),
}
PLACE_SENTENCES = ("{A} {is} {w}.", "[Put|Place] {a} {w}.", "{A} should be {w}.", "I want {a} {w}.")
COLOUR_WORDS = {
    "light blue": ("light blue", "pale blue", "sky blue"),
    "light green": ("light green", "pale green", "mint green"),
    "light grey": ("light grey", "light gray", "pale grey"),
    "light pink": ("light pink", "pale pink"),
    "lavender": ("lavender", "lilac"),
    "cream": ("cream", "off-white"),
}
RELATIONS = {
    Direction.LEFT_OF: ("{a} to the left of {b}", "{a} left of {b}", "{a} on the left of {b}", "{b} with {a} to {its} left"),
    Direction.RIGHT_OF: (
        "{a} to the right of {b}",
        "{a} right of {b}",
        "{a} on the right of {b}",
        "{b} with {a} to {its} right",
    ),
    Direction.ABOVE: ("{a} above {b}", "{a} over {b}", "{b} with {a} above {it}", "{a} directly above {b}"),
    Direction.BELOW: ("{a} below {b}", "{a} under {b}", "{b} with {a} below {it}", "{a} underneath {b}"),
    Direction.NEXT_TO: ("{a} next to {b}", "{a} beside {b}", "{a} right next to {b}", "{b} with {a} beside {it}"),
    Direction.BETWEEN: ("{a} between {b} and {c}", "{b} and {c} with {a} between them", "{a} in between {b} and {c}"),
    Direction.ON: ("{a} on top of {b}", "{a} on {b}", "{a} sitting on {b}", "{b} with {a} on top of {it}"),
}
ARRANGEMENTS = {
    Arrangement.ROW: ("in a row", "lined up in a row", "side by side in a row", "in one straight row", "in a single row"),
    Arrangement.COLUMN: ("in a column", "one above the other in a column", "in a single column"),
    Arrangement.GRID: ("in a grid", "arranged in a grid", "laid out in a neat grid"),
    Arrangement.CIRCLE: ("in a circle", "arranged in a circle", "forming a circle", "in a ring"),
}
LARGER = (
    "[Make|Draw] {a} [clearly|much|noticeably] [larger|bigger] than {b}.",
    "{A} should be [clearly|much|a lot] [larger|bigger] than {b}.",
    "{A} is the [larger|bigger] one, much [larger|bigger] than {b}.",
    "{B} should look small beside {a}: {a} is much [bigger|larger] than {b}.",
)
BACKDROP_ATTACHED = ("on a {c} background", "against a {c} background", "on a plain {c} background", "with a {c} background")
BACKDROP_SENTENCES = (
    "The background [is|should be] [plain |]{c}.", "[Use|Give it] a [plain |]{c} background.",
    "Make the background [plain |]{c}.", "Background: {c}.",
    "I want the background in {c}.", "[Plain |]{c} background, please.",
)  # fmt: skip
STYLES = {
    "watercolor": ("in watercolor", "as a watercolour painting", "in a watercolor style", "painted in watercolour"),
    "pixel art": ("as pixel art", "in pixel art style", "in a pixel-art look", "in the style of pixel art"),
    "blueprint": ("as a blueprint", "in blueprint style", "drawn like a blueprint", "in the style of a blueprint"),
    "black and white": ("in black and white", "as a black-and-white picture", "all in black and white"),
    "sepia": ("in sepia", "in sepia tones", "with a sepia look", "like an old sepia photograph"),
    "pencil sketch": ("as a pencil sketch", "in pencil sketch style", "sketched in pencil", "like a pencil sketch"),
    "neon": ("in neon style", "in a neon look", "as neon art", "in glowing neon style"),
    "pop art": ("as pop art", "in pop art style", "in the style of pop art", "with a pop-art look"),
}
STYLE_SENTENCES = ("[I'd like it|Please do it|Make it|Do it] {s}.", "The whole thing should be {s}.", "{S}, please.")
GROUNDED = (
    "{A} should [really |]stand on the ground[ with a shadow|], not float.",
    "{It} must not look as if [it were|it was] floating: [put|set] {a} [firmly |]on the ground[, with its shadow|].",
    "{A} should cast a [natural |real |]shadow on the ground.",
    "{A} should look [solid and heavy|real and solid], with a [real |]shadow [beneath|under] it.",
    "Please give {a} a [believable |proper |]shadow on the ground.",
)
INTACT = (
    "{A} should look [anatomically right|natural], with nothing [missing|distorted|deformed].",
    "Please get the body of {a} right[, no odd limbs|, no distortions|].",
    "The body of {a} must be [complete|whole] and well proportioned.",
    "No [weird|odd|twisted] anatomy [please |]: {a} should look [right|natural and whole].",
    "{A} must be [whole|complete], with a correct body.",
)
NOTHING_ELSE = (
    "Nothing else [in the picture|should be in it|, please].", "No other objects[, please|].",
    "[Leave out everything else|There should be nothing else in the picture].", "Just that, no other things in it.",
)  # fmt: skip
NUMBERS = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve")
