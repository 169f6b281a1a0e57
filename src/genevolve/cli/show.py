"""A trajectory in the terminal, as it happens."""

from rich.table import Table
from rich.text import Text

from genevolve.app.generate import Generation
from genevolve.cli.terminal import Terminal
from genevolve.core.episode import Episode
from genevolve.core.event import Event, Failed, NotRendered, Rendered, Replied, Returned, Stopped, ToolResult
from genevolve.core.request import Request
from genevolve.core.score import NotApplicable, Score, Unscored, kscore
from genevolve.core.turn import Turn
from genevolve.protocol.escape import one_line, unescape
from genevolve.report.trajectory import describe
from genevolve.run.result import references
from genevolve.run.revision import ending
from genevolve.tools.standard import RECORDED

SHOWN = 3


def plain(text: str) -> str:
    """``text`` on one line, without the control characters that could command a terminal."""
    return unescape(one_line(text))


class ConsoleReporter:
    """Prints each entry of one trajectory on standard output, or nothing when ``quiet``; the request comes first."""

    def __init__(self, request: str, *, quiet: bool, several: bool = False) -> None:
        self.console = Terminal(quiet=quiet, soft_wrap=True)
        self.request = request
        self.several = several
        self.turn = 0

    def step(self, request: Request, event: Event) -> None:
        """An event of the episode of ``request``; of several episodes, which run at once, only what comes of them."""
        if not self.several:
            self.entry(event)
            return
        match event:
            case Rendered():
                self._line(request.id, f"rendered with seed {request.seed}", "green")
            case Failed(message=message) | NotRendered(reason=message) | Stopped(reason=message):
                self._line(request.id, plain(message), "red")

    def entry(self, entry: Event) -> None:
        if self.turn == 0:
            self._line("request", plain(self.request[:2000]), "bold")
        match entry:
            case Replied():
                self.turn += 1
                action, detail = describe(Turn(text=entry.text, action=entry.action), RECORDED)
                self._line(f"{self.turn}. {action}", plain(detail), "cyan")
            case Returned(result=result):
                self._result(result)
            case Failed(boundary=boundary, message=message):
                self._line(f"{boundary} failed", plain(message), "red")
            case Rendered():
                self._line("rendered", "", "green")
            case NotRendered(reason=reason):
                self._line("not rendered", plain(reason), "red")
            case Stopped(reason=reason):
                self._line("stopped", plain(reason), "yellow")

    def _result(self, result: ToolResult) -> None:
        for answered in result.facts:
            self._found([f"{hit.title}: {hit.snippet}" for hit in answered.hits], answered.error)
        if result.pictures or not (result.facts or result.text):
            self._found([f"{picture.title} ({picture.source})" for picture in result.pictures], "")

    def _found(self, lines: list[str], error: str) -> None:
        if error or not lines:
            self._line("", plain(error) or "nothing found", "red")
        for line in lines[:SHOWN]:
            self._line("", plain(line)[:160], "dim")

    def end(self, generation: Generation) -> None:
        episode = generation.trajectory
        self.console.print()
        if episode.program:
            self._line("program", plain(episode.program.prompt), "")
            for reference in references(generation.trajectory):
                shown = f"{reference['img_id']}  {reference['title']}  ({reference['source']})"
                self._line("reference", plain(shown), "")
        elif episode.outcome:
            self._line("no program", plain(episode.outcome.error), "red")
        rendering = generation.trajectory.rendering
        for note in rendering.notes if isinstance(rendering, Rendered) else ():
            self._line("note", plain(note), "yellow")
        for credit in rendering.credits if isinstance(rendering, Rendered) else ():
            self._line("credit", plain(credit), "dim")
        self._score(generation)
        self._rounds(episode)
        self._variations(generation)
        if generation.image:
            self._line("image", str(generation.image), "bold green")
        self._line("page", str(generation.page), "")

    def _score(self, generation: Generation) -> None:
        for outage in generation.trajectory.degraded:
            self._line("degraded", plain(outage), "yellow")
        score = generation.trajectory.verdict
        match score:
            case Unscored(reason=reason):
                self._line("unscored", plain(reason), "yellow")
            case Score():
                self._line("score", score_line(score), "bold")
                self._diagnostics(score)
        if score.ledger is not None:
            self._line("request", plain(score.ledger.summary()), "yellow" if score.ledger.losses() else "")
        program = generation.trajectory.program_verdict
        if not isinstance(program, Unscored):
            self._line("program score", f"{program.value} (judge {program.judged_by})", "")

    def _variations(self, generation: Generation) -> None:
        for each in (generation, *generation.others) if generation.others else ():
            told = f"{kscore(each.score, NotApplicable.RENORMALIZED):.2f}" if isinstance(each.score, Score) else "unscored"
            self._line(each.id, f"{told}, the best" if each is generation else told, "")
        if generation.stopped:
            self._line("", plain(generation.stopped), "yellow")

    def _rounds(self, episode: Episode) -> None:
        if not episode.limits.several or episode.best is None:
            return
        for number, each in enumerate(episode.rounds, start=1):
            told = f"{kscore(each.told, NotApplicable.RENORMALIZED):.2f}" if isinstance(each.told, Score) else "unscored"
            self._line(f"round {number}", f"{told}, the result" if each is episode.best else told, "")
        self._line("", plain(ending(episode)), "dim")

    def _diagnostics(self, score: Score) -> None:
        table = Table.grid(padding=(0, 1))
        for found in score.diagnostics:
            mark = Text("✓", style="green") if found.passed else Text("✗", style="red")
            detail = f" — {plain(found.detail)}" if found.detail and not found.passed else ""
            table.add_row("             ", mark, Text(plain(found.requirement) + detail), Text(found.skill, style="dim"))
        self.console.print(table)

    def _line(self, label: str, text: str, style: str) -> None:
        line = Text(f"{label:>14}  ", style="dim")
        line.append(text, style=style)
        self.console.print(line)


def score_line(score: Score) -> str:
    """One line with the KScore, renormalised first where no text is needed, its four dimensions and what it covers."""
    text = "not needed" if score.text_accuracy is None else f"{score.text_accuracy:g}"
    line = (
        f"KScore {kscore(score, NotApplicable.RENORMALIZED):.2f}  (faithfulness {score.faithfulness:g}, "
        f"visual correctness {score.visual_correctness:g}, text {text}, aesthetics {score.aesthetics:g}; "
        f"judge {score.judged_by}"
    )
    if score.text_accuracy is None:
        line += f"; {kscore(score):.2f} with the release's half for no text"
    if score.coverage is not None and score.coverage < 1:
        line += f"; {score.coverage:.0%} of the request was checked"
    return line + ")"
