"""The languages whose text is coloured: what is told apart in each, and by what a file's language is known."""

from __future__ import annotations

from typing import NamedTuple


class Language(NamedTuple):
    """What is told apart in a language."""

    name: str
    keywords: frozenset[str] = frozenset()
    line: tuple[str, ...] = ()
    """What begins a comment to the end of the line."""
    block: tuple[tuple[str, str], ...] = ()
    """What begins and ends a comment, over several lines."""
    quotes: str = "\"'"
    long: tuple[str, ...] = ()
    """What begins and ends a string over several lines."""
    key: str = ""
    """The sign behind a word that begins a line and is a key."""
    heads: tuple[tuple[str, str], ...] = ()
    """What begins a line that is of one style, and the style."""


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_C_WORDS = """break case const continue default do else enum extern for goto if inline return signed sizeof static
struct switch typedef union unsigned void volatile while int char long short float double bool true false NULL
nullptr class public private protected virtual namespace template using new delete try catch throw this operator
auto constexpr override final explicit friend typename noexcept"""
_JAVA_WORDS = """abstract assert boolean break byte case catch char class const continue default do double else enum
extends final finally float for if implements import instanceof int interface long native new null package private
protected public return short static super switch synchronized this throw throws true false try var void volatile
while record fun val when object override open sealed data companion is in as def trait match with type given yield
lazy"""
_JS_WORDS = """async await break case catch class const continue debugger default delete do else enum export extends
false finally for from function get if import in instanceof interface let new null of return set static super switch
this throw true try type typeof undefined var void while with yield implements namespace readonly declare public
private"""
_PYTHON_WORDS = """False None True and as assert async await break class continue def del elif else except finally
for from global if import in is lambda match case nonlocal not or pass raise return self try while with yield"""
_SHELL_WORDS = """if then else elif fi case esac for while until do done in function select time return exit export
local readonly unset set shift source alias declare trap break continue eval exec"""
_GO_WORDS = """break case chan const continue default defer else fallthrough for func go goto if import interface
map package range return select struct switch type var nil true false iota string int bool byte rune error"""
_RUST_WORDS = """as async await break const continue crate dyn else enum extern false fn for if impl in let loop
match mod move mut pub ref return self Self static struct super trait true type unsafe use where while"""
_RUBY_WORDS = """alias and begin break case class def do else elsif end ensure false for if in module next nil not
or redo rescue retry return self super then true undef unless until when while yield require attr_accessor"""
_PERL_WORDS = """my our local sub package use no if elsif else unless while until for foreach return last next redo
print die eval and or not xor eq ne lt gt le ge cmp undef shift require"""
_SQL_WORDS = """select from where and or not null insert into values update set delete create table index view drop
alter add primary key foreign references unique default check join left right inner outer on as order by group
having limit offset union all distinct exists in between like is case when then else end begin commit rollback
with"""
_LUA_WORDS = """and break do else elseif end false for function goto if in local nil not or repeat return then true
until while"""
_MAKE_WORDS = "ifeq ifneq ifdef ifndef else endif include define endef export override vpath"
_CONFIG_WORDS = "true false yes no on off null none True False None"
_C_BLOCK = (("/*", "*/"),)

LANGUAGES: tuple[Language, ...] = (
    Language("Python", _words(_PYTHON_WORDS), ("#",), long=('"""', "'''")),
    Language("C", _words(_C_WORDS), ("//",), _C_BLOCK, heads=(("#", "accent"),)),
    Language("Java", _words(_JAVA_WORDS), ("//",), _C_BLOCK, long=('"""',)),
    Language("JavaScript", _words(_JS_WORDS), ("//",), _C_BLOCK, long=("`",)),
    Language("Go", _words(_GO_WORDS), ("//",), _C_BLOCK, long=("`",)),
    Language("Rust", _words(_RUST_WORDS), ("//",), _C_BLOCK, quotes='"'),
    Language("shell", _words(_SHELL_WORDS), ("#",)),
    Language("Ruby", _words(_RUBY_WORDS), ("#",)),
    Language("Perl", _words(_PERL_WORDS), ("#",)),
    Language("SQL", _words(_SQL_WORDS) | _words(_SQL_WORDS.upper()), ("--",), _C_BLOCK),
    Language("Lua", _words(_LUA_WORDS), ("--",), (("--[[", "]]"),)),
    Language("Makefile", _words(_MAKE_WORDS), ("#",), key=":"),
    Language("YAML", _words(_CONFIG_WORDS), ("#",), key=":"),
    Language("TOML", _words(_CONFIG_WORDS), ("#",), long=('"""', "'''"), key="=", heads=(("[", "accent"),)),
    Language("INI", _words(_CONFIG_WORDS), ("#", ";"), quotes='"', key="=", heads=(("[", "accent"),)),
    Language("JSON", _words("true false null"), ("//",), _C_BLOCK, quotes='"'),
    Language("CSS", frozenset(), (), _C_BLOCK),
    Language("XML", frozenset(), (), (("<!--", "-->"),)),
    Language("Markdown", quotes="", long=("```",), heads=(("#", "accent"), (">", "dim"))),
    Language(
        "diff", quotes="", heads=(("+++", "strong"), ("---", "strong"), ("+", "good"), ("-", "bad"), ("@@", "accent"))
    ),
)
_BY_NAME = {language.name: language for language in LANGUAGES}
_EXTENSIONS = {
    "Python": "py pyi pyw",
    "C": "c h cc cpp cxx hpp hh hxx m mm cu proto glsl",
    "Java": "java kt kts scala cs groovy gradle swift dart",
    "JavaScript": "js mjs cjs jsx ts tsx mts cts",
    "Go": "go",
    "Rust": "rs",
    "shell": "sh bash zsh ksh fish profile ebuild",
    "Ruby": "rb rake gemspec",
    "Perl": "pl pm t",
    "SQL": "sql",
    "Lua": "lua",
    "Makefile": "mk mak",
    "YAML": "yaml yml",
    "TOML": "toml",
    "INI": "ini cfg conf service socket timer target mount desktop properties editorconfig gitconfig env",
    "JSON": "json jsonc geojson ipynb webmanifest",
    "CSS": "css scss less tcss",
    "XML": "xml html htm xhtml svg xsl plist vue",
    "Markdown": "md markdown",
    "diff": "diff patch",
}
_BY_EXTENSION = {extension: name for name, some in _EXTENSIONS.items() for extension in some.split()}
_BY_FILE = {
    "makefile": "Makefile",
    "gnumakefile": "Makefile",
    "dockerfile": "shell",
    "gemfile": "Ruby",
    "rakefile": "Ruby",
    "pkgbuild": "shell",
    ".bashrc": "shell",
    ".bash_profile": "shell",
    ".zshrc": "shell",
    ".profile": "shell",
    "fstab": "INI",
}
_INTERPRETERS = (("python", "Python"), ("perl", "Perl"), ("ruby", "Ruby"), ("node", "JavaScript"), ("lua", "Lua"))


def language_of(name: str, first: str = "") -> Language | None:
    """The language of a file by its name, or by the interpreter that its first line names; None when neither tells."""
    lower = name.lower()
    if (known := _BY_FILE.get(lower)) is not None:
        return _BY_NAME[known]
    stem, _, extension = lower.rpartition(".")
    if stem and (known := _BY_EXTENSION.get(extension)) is not None:
        return _BY_NAME[known]
    if first.startswith("#!"):
        program = first[2:200].split("/")[-1]
        for start, found in _INTERPRETERS:
            if start in program:
                return _BY_NAME[found]
        return _BY_NAME["shell"] if "sh" in program else None
    return _BY_NAME["XML"] if first.startswith("<?xml") else None
