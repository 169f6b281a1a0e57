"""Which everyday nouns can be drawn without a reference, with the scene inventory alone and with the shapes of Game Icons.

python benchmarks/vocabulary.py           # shares
python benchmarks/vocabulary.py --missing # and the nouns that are not drawn

Three lists: the 80 classes of COCO, which are public knowledge; nouns of the kinds that prompts of PartiPrompts and
T2I-CompBench use, and nouns that came out grey in free requests, both written down by us from the kinds (no prompt is copied).
"Drawn" means that a shape of this name is there, not that it is the one that somebody meant.
"""

import argparse

from genevolve.world.language.inventory import lookup
from genevolve.world.language.vocabulary import Vocabulary

COCO = """
person, bicycle, car, motorcycle, airplane, bus, train, truck, boat, traffic light, fire hydrant, stop sign, parking meter,
bench, bird, cat, dog, horse, sheep, cow, elephant, bear, zebra, giraffe, backpack, umbrella, handbag, tie, suitcase,
frisbee, skis, snowboard, sports ball, kite, baseball bat, baseball glove, skateboard, surfboard, tennis racket, bottle,
wine glass, cup, fork, knife, spoon, bowl, banana, apple, sandwich, orange, broccoli, carrot, hot dog, pizza, donut, cake,
chair, couch, potted plant, bed, dining table, toilet, tv, laptop, mouse, remote, keyboard, cell phone, microwave, oven,
toaster, sink, refrigerator, book, clock, vase, scissors, teddy bear, hair drier, toothbrush
"""
PARTI = """
cube, sphere, pyramid, cylinder, cone, wine bottle, teapot, sloth, van, submarine, robot, tuxedo, castle, dragon, knight,
raccoon, penguin, kangaroo, owl, squirrel, corgi, panda, wombat, dolphin, shark, whale, octopus, lobster, crab, snail, frog,
lizard, snake, turtle, crocodile, dinosaur, unicorn, mermaid, statue, fountain, bridge, tower, skyscraper, windmill,
lighthouse, barn, cabin, tent, temple, pagoda, mosque, church, volcano, waterfall, river, mountain, cactus, palm tree, oak
tree, maple leaf, sunflower, rose, tulip, bush, mushroom, acorn, pumpkin, coffee cup, coffee mug, espresso machine, blender,
frying pan, wok, lamp, lantern, candle, chandelier, fireplace, bookshelf, desk, sofa, rocking chair, stool, pillow, blanket,
rug, curtain, mirror, painting, easel, violin, guitar, piano, trumpet, drum, saxophone, harp, map, globe, telescope,
microscope, camera, treasure chest, crown, sword, shield, helmet, bow, arrow, anchor, sailboat, canoe, rocket, satellite,
spaceship, astronaut, hot air balloon, helicopter, zeppelin, tank, tractor, bulldozer, steam locomotive, subway train,
wheel, gear, key, padlock, door, window, fence, gate, road, sidewalk, street lamp, mailbox, trash can, sandcastle, hammock,
hamburger, taco, sushi, ramen, pretzel, pancake, pie, ice cream, watermelon, pineapple, strawberry, grapes, tomato, avocado,
cabbage, eggplant, ladder, hammer, wrench, scarecrow, snowman, campfire, cowboy hat, bow tie, sunglasses, boot, skeleton,
ghost, zombie, vampire, werewolf, wizard, witch, pirate, ninja, samurai, cowboy, sumo wrestler
"""
COMPBENCH = """
bench, backpack, bowl, cup, vase, chair, table, rug, curtain, wall, floor, door, book, clock, car, truck, bus, bicycle,
apple, banana, pear, lemon, leaf, flower, grass, tree, bird, fish, frog, turtle, rabbit, mouse, pig, chicken, horse, cow,
sheep, dog, cat, giraffe, balloon, candle, plate, fork, knife, spoon, bottle, glass, jar, pot, pan, kettle, teapot, oven,
microwave, refrigerator, dishwasher, washing machine, toaster, sink, bathtub, shower, towel, soap, pillow, blanket, bed,
couch, sofa, desk, lamp, television, computer, laptop, phone, camera, watch, necklace, ring, earring, hat, helmet, scarf,
glove, shirt, jacket, coat, dress, skirt, pants, sock, shoe, boot, bag, purse, wallet, suitcase, key, pencil, pen, crayon,
paper, notebook, envelope, box, basket, bucket, barrel, crate, cookie, cake, bread, sandwich, pizza, cheese, egg, butter,
tomato, carrot, onion, potato, pepper, cucumber, mushroom, cherry, strawberry, grape, watermelon, pineapple, coconut, peach,
plum, kiwi, brick, stone, rock, log, tile, marble, coin, diamond, crystal, pyramid, cube, ball, cone, cylinder, tennis ball,
basketball, football, drum, guitar, piano, violin, flute, trumpet, bell, flag, kite, umbrella, tent, fence, gate, ladder,
rope, chain, hammer, nail, saw, screw, wrench, screwdriver, drill, shovel, rake, wheel, tire, airplane, helicopter, boat,
ship, train, tractor, house, tower, bridge, castle, church, lighthouse, windmill, fountain, statue
"""
GREY = """
bench, desk, cube, acorn, vase, cart, campfire, cliff, submarine, skeleton, road, toaster, oven, sink, snowboard, tennis
racket, carton, trash, branch, pond, barn, stethoscope, map pin, pillow, broom, wheelbarrow, haystack, streetlamp, fence,
stool, bookshelf, blender, fridge, rug, curtain, chimney, well, pier, sandcastle, chess knight, dice, crate, barrel
"""
LISTS = {
    "COCO, 80 classes": COCO,
    "nouns as in PartiPrompts": PARTI,
    "nouns as in T2I-CompBench": COMPBENCH,
    "nouns that came out grey": GREY,
}


def nouns(text: str) -> list[str]:
    return list(dict.fromkeys(" ".join(noun.split()) for noun in text.split(",") if noun.strip()))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--missing", action="store_true", help="name what is not drawn")
    options = parser.parse_args()
    print(f"{'':28}{'nouns':>6}{'everyday':>10}{'icons':>8}")
    for name, text in LISTS.items():
        wanted = nouns(text)
        drawn = {vocabulary: [noun for noun in wanted if lookup(noun, vocabulary)] for vocabulary in Vocabulary}
        shares = [f"{len(drawn[vocabulary]) / len(wanted):.3f}" for vocabulary in Vocabulary]
        print(f"{name:28}{len(wanted):>6}{shares[0]:>10}{shares[1]:>8}")
        if options.missing:
            print("    not drawn:", ", ".join(noun for noun in wanted if noun not in drawn[Vocabulary.ICONS]))


if __name__ == "__main__":
    main()
