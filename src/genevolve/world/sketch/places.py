"""Places that everyday requests name, indoors and outdoors: what people call each, and which brush paints it."""

from genevolve.world.sketch import interiors, townscapes, wilds
from genevolve.world.sketch.scenery import Scenery

_AND = r"(?:,? (?:and|with|in|by|near|behind|over|above|beside|around)|,) (?:an? |the |some )?"


def _both(one: str, other: str) -> str:
    """Two parts of a landscape, in any order."""
    return rf"(?:{one}){_AND}(?:{other})|(?:{other}){_AND}(?:{one})"


_HEIGHTS, _WATER, _WOODS = r"mountains?|peaks", r"lakes?|rivers?|water", r"forests?|woods|trees"
_FIELDS = r"meadows?|fields?"
BEFORE_OTHERS = (  # whose names hold the name of a place that is painted otherwise
    Scenery(
        name="mountain lake",
        words=rf"(?:mountain|alpine) lakes?|{_both(_HEIGHTS, _WATER)}",
        paint=wilds.mountain_lake,
        ground=0.62,
        outdoors=True,
    ),
    Scenery(
        name="mountain coast",
        words=rf"mountain coast|{_both(_HEIGHTS, 'sea|ocean')}",
        paint=wilds.mountain_coast,
        ground=0.62,
        outdoors=True,
    ),
    Scenery(
        name="mountain woods",
        words=rf"mountain woods|{_both(_HEIGHTS, _WOODS)}",
        paint=wilds.mountain_woods,
        ground=0.72,
        outdoors=True,
    ),
    Scenery(
        name="river",
        words=rf"{_both('hills?|' + _FIELDS, 'rivers?|streams?')}|{_both(_WOODS, 'rivers?|streams?')}",
        paint=wilds.river,
        ground=0.72,
        outdoors=True,
    ),
    Scenery(name="lake", words=_both("hills?|" + _WOODS, "lakes?|ponds?"), paint=wilds.lake, ground=0.62, outdoors=True),
    Scenery(
        name="village street",
        words=r"(?:street|road|lane)s? (?:in|of|through) (?:an? |the )?(?:village|town)|village (?:street|road|lane)s?",
        paint=townscapes.village_street,
        ground=0.7,
        outdoors=True,
    ),
    Scenery(name="living room", words=r"(?:living|sitting|drawing) ?rooms?|lounge", paint=interiors.living_room, ground=0.74),
    Scenery(name="bedroom", words=r"(?:bed|guest|children's|kids'?) ?rooms?|nursery", paint=interiors.bedroom, ground=0.76),
    Scenery(name="bathroom", words=r"bath ?rooms?|washroom|shower room", paint=interiors.bathroom, ground=0.76),
    Scenery(name="classroom", words=r"(?:class|school) ?rooms?", paint=interiors.classroom, ground=0.74),
    Scenery(name="brick wall", words=r"brick(?:ed)? walls?|wall of bricks?", paint=interiors.brick_wall, ground=0.84),
    Scenery(name="cloudy sky", words=r"(?:cloudy|overcast|grey|gray) (?:sky|skies)", paint=wilds.cloudy_sky, outdoors=True),
    Scenery(
        name="autumn woods",
        words=r"(?:autumn(?:al)?|fall) (?:forest|woods?|woodland|trees|landscape|leaves)|autumn",
        paint=wilds.autumn_woods,
        ground=0.72,
        outdoors=True,
    ),
    Scenery(
        name="spring meadow",
        words=r"spring ?(?:time)?(?: (?:meadow|field|landscape|garden|park))?|(?:cherry )?blossom (?:garden|park|grove)",
        paint=wilds.spring_meadow,
        ground=0.72,
        outdoors=True,
    ),
    Scenery(
        name="dark woods",
        words=r"(?:dark|gloomy|creepy|spooky|scary|haunted|eerie) (?:forest|woods?|woodland)",
        paint=wilds.dark_woods,
        ground=0.72,
    ),
)
PLACES = (
    Scenery(name="office", words=r"offices?", paint=interiors.office, ground=0.74),
    Scenery(
        name="hospital", words=r"hospitals?(?: (?:room|ward))?|clinic|doctor's surgery", paint=interiors.hospital, ground=0.74
    ),
    Scenery(name="gym", words=r"gyms?|gymnasium|fitness (?:studio|room|centre|center)", paint=interiors.gym, ground=0.76),
    Scenery(name="supermarket", words=r"supermarkets?|grocery stores?|grocery", paint=interiors.supermarket, ground=0.76),
    Scenery(name="garage", words=r"garages?", paint=interiors.garage, ground=0.74),
    Scenery(name="circus", words=r"circus(?: (?:ring|tent|arena))?", paint=interiors.circus, ground=0.76),
    Scenery(name="restaurant", words=r"restaurants?|bistro|diner", paint=interiors.restaurant, ground=0.76),
    Scenery(name="gallery", words=r"(?:art )?galler(?:y|ies)|(?:art )?museums?", paint=interiors.gallery, ground=0.76),
    Scenery(
        name="station",
        words=r"(?<!gas )(?<!bus )(?<!fire )(?<!petrol )(?<!police )(?<!power )(?<!weather )stations?"
        r"|(?:train|railway|station) platforms?",
        paint=interiors.station,
        ground=0.7,
    ),
    Scenery(name="stable", words=r"stables?|barns?|cowshed", paint=interiors.stable, ground=0.74),
    Scenery(name="swamp", words=r"swamps?|marsh(?:es)?|bog|wetlands?", paint=wilds.swamp, ground=0.66, outdoors=True),
    Scenery(name="jungle", words=r"jungles?|rain ?forests?|tropical forest", paint=wilds.jungle, ground=0.74, outdoors=True),
    Scenery(name="canyon", words=r"(?:grand )?canyons?|gorges?|ravines?", paint=wilds.canyon, ground=0.7, outdoors=True),
    Scenery(name="cave", words=r"caves?|caverns?|grotto", paint=wilds.cave, ground=0.76),
    Scenery(name="vineyard", words=r"vineyards?", paint=wilds.vineyard, ground=0.66, outdoors=True),
    Scenery(name="zoo", words=r"zoos?|(?:zoo )?enclosure", paint=wilds.zoo, ground=0.76, outdoors=True),
    Scenery(name="playground", words=r"playgrounds?", paint=wilds.playground, ground=0.74, outdoors=True),
    Scenery(name="island", words=r"(?:desert |tropical )?islands?", paint=wilds.island, ground=0.78, outdoors=True),
    Scenery(
        name="lake", words=r"(?:lakes?|ponds?|lagoon)(?! (?:banks?|sides?|shore))", paint=wilds.lake, ground=0.62, outdoors=True
    ),
    Scenery(
        name="river",
        words=r"(?:rivers?|streams?|creek|brook|canal)(?! (?:banks?|sides?|shore))",
        paint=wilds.river,
        ground=0.72,
        outdoors=True,
    ),
    Scenery(name="garden", words=r"gardens?|back ?yards?", paint=wilds.garden, ground=0.72, outdoors=True),
    Scenery(name="park", words=r"parks?", paint=wilds.park, ground=0.7, outdoors=True),
    Scenery(name="hills", words=r"hills?|hillsides?|hilltops?", paint=wilds.hills, ground=0.72, outdoors=True),
)
