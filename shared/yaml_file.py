"""Reads a YAML file and knows the line of every setting, for errors that name it. The settings: `config.py`.

Only plain digits are a whole number. YAML 1.1 has more forms (`011` is nine, `1_000`, `0x1F`, and `12:30` is 750): they
are read as text, so that an id or a telephone number does not turn into another one. The name of a setting is text or a
whole number, also `yes` or `null`.

No error quotes the file, because it may hold a secret by mistake.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

import yaml


class NotYaml(Exception):
    """The text is `line: reason`, in English."""


@dataclass(frozen=True)
class YamlFile:
    """`settings` are the plain values of the file. `tree` is what PyYAML parsed, with the lines."""

    settings: Any
    tree: yaml.Node | None

    def line(self, location: tuple[int | str, ...]) -> int:
        """The line of the setting at `location` (names and list indexes from the top), or of its nearest parent."""
        node, line = self.tree, 1
        for part in location:
            if isinstance(node, yaml.MappingNode):
                found = next((pair for pair in node.value if pair[0].value == str(part)), None)
                if found is None:
                    break
                line, node = found[0].start_mark.line + 1, found[1]
            elif isinstance(node, yaml.SequenceNode) and isinstance(part, int) and part < len(node.value):
                node = node.value[part]
                line = node.start_mark.line + 1
        return line


def parse(text: str) -> YamlFile:
    """Raises NotYaml, also when two settings in one place have the same name."""
    loader = None
    try:
        loader = _Loader(text)
        tree = loader.get_single_node()
        return YamlFile(loader.construct_document(tree) if tree else None, tree)
    except NotYaml:
        raise
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        raise NotYaml(f"{mark.line + 1 if mark else 1}: {_without_quotes(error.problem or 'not YAML')}") from None
    except yaml.reader.ReaderError as error:
        raise NotYaml(f"{text.count(chr(10), 0, error.position) + 1}: a character that YAML does not allow") from None
    except RecursionError:
        raise NotYaml("1: the settings are nested too deep") from None
    except Exception as error:  # noqa: BLE001 - PyYAML raises anything: KeyError for `!!bool x`, ValueError for a date
        raise NotYaml(f"{loader.line if loader else 1}: this value cannot be read ({type(error).__name__})") from None


_INT, _TEXT = "tag:yaml.org,2002:int", "tag:yaml.org,2002:str"
_NO_NAMES = {f"tag:yaml.org,2002:{kind}" for kind in ("bool", "null", "float", "timestamp")}
_PLAIN_INT = re.compile(r"-?(?:0|[1-9][0-9]*)")


class _Loader(yaml.SafeLoader):
    """Raises NotYaml for two settings with the same name; SafeLoader would keep the last one without an error.

    `line` is the line of the value that is being read.
    """

    line = 1

    def resolve(self, kind: type[yaml.Node], value: Any, implicit: Any) -> Any:
        tag = super().resolve(kind, value, implicit)  # type: ignore[no-untyped-call]  # (its stubs leave this out)
        return _TEXT if tag == _INT and not _PLAIN_INT.fullmatch(value) else tag

    def construct_object(self, node: yaml.Node, deep: bool = False) -> Any:
        self.line = node.start_mark.line + 1
        return super().construct_object(node, deep)

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        seen = set()
        for key in (key for key, _ in node.value if isinstance(key, yaml.ScalarNode)):
            if key.value in seen:
                raise NotYaml(f"{key.start_mark.line + 1}: {key.value} stands here for the second time")
            seen.add(key.value)
            if key.tag in _NO_NAMES:
                key.tag = _TEXT
        return super().construct_mapping(node, deep)


def _plain_int(_loader: _Loader, node: yaml.Node) -> int:
    """Reads a whole number, also one with a tag (`!!int 011`)."""
    if not isinstance(node, yaml.ScalarNode) or not _PLAIN_INT.fullmatch(node.value):
        raise NotYaml(f"{node.start_mark.line + 1}: a whole number is written in plain digits, like 11")
    return int(node.value)


_Loader.add_constructor(_INT, _plain_int)


def _without_quotes(problem: str) -> str:
    """Replaces what PyYAML quotes from the file by `…`, except single characters and PyYAML's own `<names>`."""
    return re.sub(r"""(['"])(?!.\1)(?!<)\S+?\1""", "…", problem)
