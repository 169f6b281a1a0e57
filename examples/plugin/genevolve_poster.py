"""A plug-in for GenEvolve: a policy that wants the request as a poster, and a generator that prints it."""

import io
import json
import textwrap

from PIL import Image, ImageDraw, ImageFont

from genevolve import PolicyCall, Rendering, RenderOrder, Reply, UsageError, request_of


class PosterPolicy:
    """Answers at once with the request as the words of a poster. ``tone`` is a setting: it stands in the program."""

    offline = True  # it asks no service, so `genevolve doctor --call` announces no cost

    def __init__(self, *, tone: str = "plain") -> None:
        self.tone = tone

    async def reply(self, call: PolicyCall) -> Reply:
        words = request_of(call.messages[1].text).text
        answer = {"gen_prompt": f"A {self.tone} poster with these words on it: {words}", "reference_images": []}
        return Reply(text=f"<answer>{json.dumps(answer)}</answer>")


class PosterGenerator:
    """Prints what stands behind the first colon of a program. ``ink`` is a colour, as CSS names it."""

    parallel = True  # it computes on one core and remembers nothing: worker processes may run it

    def __init__(self, *, ink: str = "navy", points: int = 28) -> None:
        if not 4 <= points <= 200:
            raise UsageError(f"generator.points is {points}; it is a size of letters from 4 to 200")
        self.ink, self.points = ink, points

    async def generate(self, order: RenderOrder) -> Rendering:
        page = Image.new("RGB", order.size, "white")
        words = order.prompt.partition(": ")[2] or order.prompt
        lines = textwrap.fill(words, max(1, int(1.8 * order.size[0] / self.points)))
        ImageDraw.Draw(page).multiline_text((16, 16), lines, fill=self.ink, font=ImageFont.load_default(self.points))
        buffer = io.BytesIO()
        page.save(buffer, "PNG")
        return Rendering(data=buffer.getvalue(), notes=("references are not printed",) if order.references else ())
