"""Icons before names: by the kind of an entry, and of a file by its extension. Off unless the settings ask for them.

``nerd`` needs a font that has the signs of Font Awesome in its private area, as the "Nerd Fonts" do; ``emoji`` needs
none, but terminals differ in how wide they draw them.
"""

from __future__ import annotations

from collections.abc import Mapping

from osexplorer.model.entry import Kind
from osexplorer.model.order import extension
from osexplorer.model.settings import Icons

_OF_KIND = {
    Kind.DIRECTORY: ("\uf07b", "📁"),
    Kind.SYMLINK: ("\uf0c1", "🔗"),
    Kind.FIFO: ("\uf0ec", "📮"),
    Kind.SOCKET: ("\uf1e6", "🔌"),
    Kind.CHARACTER_DEVICE: ("\uf11c", "📟"),
    Kind.BLOCK_DEVICE: ("\uf0a0", "💽"),
}
_FILE = ("\uf15b", "📄")
_EXECUTABLE = ("\uf120", "🚀")
_GROUPS = (
    ("\uf1c5", "🎨", "png jpg jpeg gif bmp svg webp ico tif tiff xcf psd heic avif pnm ppm pgm"),
    ("\uf1c6", "📦", "zip tar gz tgz bz2 xz zst 7z rar deb rpm jar whl cpio iso apk lz4"),
    ("\uf1c7", "🎵", "mp3 flac ogg opus wav m4a aac mid"),
    ("\uf1c8", "🎬", "mp4 mkv webm avi mov mpg mpeg m4v"),
    ("\uf1c1", "📕", "pdf ps epub djvu"),
    ("\uf15c", "📝", "txt md rst log tex org doc docx odt rtf csv tsv"),
    ("\uf013", "🔧", "ini cfg conf toml yaml yml json xml env lock service desktop"),
    (
        "\uf1c9",
        "📜",
        "py pyi c h cc cpp hh hpp rs go js mjs ts tsx jsx java kt rb pl lua sh bash zsh fish php cs swift hs ml el vim "
        "sql html css scss tcss r jl zig nim ex exs erl clj scala dart asm s",
    ),
)
_OF_EXTENSION: Mapping[str, tuple[str, str]] = {
    name: (nerd, emoji) for nerd, emoji, names in _GROUPS for name in names.split()
}


def icon(icons: Icons, name: str, kind: Kind, executable: bool = False) -> str:
    """The icon of an entry; ``""`` where there shall be none.

    Args:
        executable: whether it is a file that somebody may execute.
    """
    if icons == "none":
        return ""
    signs = _OF_KIND.get(kind)
    if signs is None:
        signs = _OF_EXTENSION.get(extension(name)) or (_EXECUTABLE if executable else _FILE)
    return signs[icons == "emoji"]
