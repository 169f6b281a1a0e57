"""``genevolve library``: images of your own, searched together with the pictograms."""

from pathlib import Path

import click


@click.group()
def library() -> None:
    """Your own images as references: brand assets, products, people."""


@library.command("add")
@click.argument("folder", metavar="DIR|SET.json", type=click.Path(path_type=Path))
@click.option("--name", help="Name of the library. [default: the folder's name]")
def add(folder: Path, name: str | None) -> int:
    """Index the images of DIR with their captions, or the icons of SET.json by their names.

    A caption comes from a .txt file beside the image, from metadata.jsonl or captions.jsonl (file_name and text), or
    else from the file name. Adding the same directory again brings the library up to date.
    SET.json is an icon set in Iconify's format, such as icons.json of the npm packages @iconify-json/…
    """
    from genevolve.app.library import add_library
    from genevolve.cli.progress import step_progress
    from genevolve.cli.show import plain

    with step_progress("images") as progress:
        report = add_library(folder, name, on_image=progress)
    for refused in report.refused:
        click.echo(f"skipped {plain(str(refused.path))}: {plain(refused.reason)}", err=True)
    click.echo(f"library {report.name}: {report.added} added, {report.unchanged} unchanged, {report.removed} removed, "
               f"{len(report.refused)} skipped")  # fmt: skip
    return 0


@library.command("list")
def listing() -> int:
    """Show every library with its number of images."""
    from genevolve.app.library import list_libraries
    from genevolve.cli.show import plain

    libraries = list_libraries()
    for found in libraries:
        click.echo(f"{plain(found.name)}\t{found.images} images\t{plain(str(found.folder))}")
    if not libraries:
        click.echo("no library yet: genevolve library add DIR", err=True)
    return 0


@library.command("remove")
@click.argument("name")
def remove(name: str) -> int:
    """Remove library NAME from the index. Your own files stay where they are."""
    from genevolve.app.library import remove_library

    remove_library(name)
    click.echo(f"library {name} removed; your own files were not touched")
    return 0
