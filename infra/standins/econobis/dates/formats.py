"""PHP's date language: `read` turns a text into the parts that it names, without looking at the clock.

The formats are those of PHP's manual, "Supported Date and Time Formats". At each place in the text the longest format
that fits is taken; among equally long ones the first of the table. `carbon.py` turns the parts into a moment.
"""

from __future__ import annotations

import re

from infra.standins.econobis.dates.parts import (
    MONTHS,
    WEEKDAYS,
    Action,
    DateParts,
    read_ago,
    read_count_of_units,
    read_date,
    read_date_and_time,
    read_day_of_month,
    read_day_of_year,
    read_iso_week,
    read_named_count_of_units,
    read_nothing,
    read_plain_weekday,
    read_quarter,
    read_time,
    read_time_without_colon,
    read_timestamp,
    read_weekday_of_month,
    read_word,
    read_year_only,
    read_zone,
)

_SPACE = r"(?:[ \t]+|\u00a0+|\u202f+)"
_H24, _H24_LZ, _H12 = r"(?P<h>2[0-4]|[01]?\d)", r"(?P<h>2[0-4]|[01]\d)", r"(?P<h>1[0-2]|0?[1-9])"
_MIN, _MIN_LZ = r"(?P<i>[0-5]?\d)", r"(?P<i>[0-5]\d)"
_SEC, _SEC_LZ = r"(?P<s>60|[0-5]?\d)", r"(?P<s>60|[0-5]\d)"
_MERIDIAN = rf"{_SPACE}?(?P<p>[AaPp]\.?[Mm]\.?)[\0\t ]"
_D, _D_LZ = r"(?P<d>(?:3[01]|[0-2]?\d)(?:st|nd|rd|th)?)", r"(?P<d>0\d|[12]\d|3[01])"
_M, _M_LZ = r"(?P<m>1[0-2]|0?\d)", r"(?P<m>0\d|1[0-2])"
_Y, _Y2, _Y4 = r"(?P<y>\d{1,4})", r"(?P<y>\d{2})", r"(?P<y>\d{4})"
_NAMES = sorted((name for name in MONTHS if len(name) > 2 and name not in ("iii", "vii", "xii", "viii")), key=len)
_ABBREVIATED = "jan|feb|mar|apr|may|jun|jul|aug|sept|sep|oct|nov|dec"
_MONTH_NAME = f"(?i:{'|'.join(reversed(_NAMES))})"
_N = rf"(?P<n>{_MONTH_NAME}|VIII|XII|VII|III|XI|IX|VI|IV|II|X|V|I)"
_N_SHORT = f"(?P<n>(?i:{_ABBREVIATED}))"
_OFFSET = r"(?:GMT)?[+-](?:(?:2[0-4]|[01]\d):[0-5]\d:(?:60|[0-5]\d)|(?:2[0-4]|[01]\d)[0-5]\d(?:60|[0-5]\d)|(?:2[0-4]|[01]?\d)(?::?[0-5]?\d)?)"
_DAY_WORD = f"(?:{'|'.join(f'{day}s?' for day in WEEKDAYS)}|weekdays?|sun|mon|tue|wed|thu|fri|sat)"
_UNIT = (
    rf"(?P<unit>(?:msec|millisecond|µsec|microsecond|usec|second|sec|minute|min|hour|day|fortnight|forthnight|month|year)s?"
    rf"|ms|µs|weeks|{_DAY_WORD}%s)"
)
_ORDINAL = "(?P<count>first|second|third|fourth|fifth|sixth|seventh|eighth|eight|ninth|tenth|eleventh|twelfth|next|last|previous|this)"
_MONTH_DAY = rf"{_N}[ .\t-]*{_D}(?:[,.stndrh\t ]+|\0)"
_CLOCK = rf"(?i:t)?{_H24}[:.]{_MIN}"
_DAY_OF_YEAR = r"(?P<d>00[1-9]|0[1-9]\d|[12]\d\d|3[0-5]\d|36[0-6])"
_WEEK = r"(?P<w>0[1-9]|[1-4]\d|5[0-3])"
_STAMP_END = rf"{_H24_LZ}:{_MIN_LZ}:{_SEC_LZ}"

_FORMATS: list[tuple[str, Action]] = [
    (r"(?i:yesterday|now|noon|midnight|today|tomorrow)", read_word),
    (r"@(?P<number>-?\d+)(?:\.\d{0,6})?", read_timestamp),
    (r"(?i:(?:first|last) day of)", read_day_of_month),
    (rf"(?i:(?:back|front) of ){_H24}(?:{_MERIDIAN})?", read_quarter),
    (rf"(?i:{_ORDINAL}{_SPACE}(?P<unit>{_DAY_WORD.replace('|weekdays?', '')}){_SPACE}of)", read_weekday_of_month),
    (rf"{_H12}(?:[:.]{_MIN_LZ})?{_MERIDIAN}", read_time),
    (rf"{_H12}[:.]{_MIN}[:.]{_SEC_LZ}{_MERIDIAN}", read_time),
    (rf"{_H12}:{_MIN_LZ}:{_SEC_LZ}[:.]\d+(?P<p>[AaPp]\.?[Mm]\.?)[\0\t ]", read_time),
    (rf"(?i:t){_H24}", read_time),
    (_CLOCK, read_time),
    (rf"{_CLOCK}[:.]{_SEC}(?:\.\d+)?", read_time),
    (rf"(?i:t)?{_H24_LZ}{_MIN_LZ}", read_time_without_colon),
    (rf"(?i:t)?{_H24_LZ}{_MIN_LZ}{_SEC_LZ}", read_time),
    (rf"{_M}/{_D}(?:/{_Y})?", read_date),
    (rf"(?P<y>[+-]?\d{{4}})-{_M_LZ}-{_D_LZ}", read_date),
    (rf"{_Y4}/{_M_LZ}/{_D_LZ}/?", read_date),
    (rf"{_Y4}/{_M}/{_D}", read_date),
    (rf"{_Y2}-{_M_LZ}-{_D_LZ}", read_date),
    (rf"(?P<y>[+-]\d{{5,19}})-{_M_LZ}-{_D_LZ}", read_date),
    (rf"{_Y4}-{_M}", read_date),
    (rf"{_Y}-{_M}-{_D}", read_date),
    (rf"{_D}[ \t.-]*{_N}[ \t.-]*{_Y}", read_date),
    (rf"{_D}[.\t-]{_M}[.-]{_Y4}", read_date),
    (rf"{_D}[.\t]{_M}\.{_Y2}", read_date),
    (rf"{_N}[ .\t-]*{_Y4}", read_date),
    (rf"{_Y4}[ .\t-]*{_N}", read_date),
    (rf"{_N}[ .\t-]*{_D}[,.stndrh\t ]+{_Y}", read_date),
    (_MONTH_DAY, read_date),
    (rf"{_D}[ .\t-]*{_N}", read_date),
    (rf"{_Y4}{_M_LZ}{_D_LZ}", read_date),
    (rf"{_Y4}{_M_LZ}{_D_LZ}T{_H24}:{_MIN_LZ}:{_SEC_LZ}", read_date_and_time),
    (rf"{_Y4}{_M_LZ}{_D_LZ}(?i:t){_H24}{_MIN_LZ}{_SEC_LZ}", read_date_and_time),
    (rf"{_Y4}-{_M_LZ}-{_D_LZ}T{_STAMP_END}\.\d+(?:{_OFFSET})?", read_date_and_time),
    (rf"{_Y4}-{_M}-{_D}T{_H24}:{_MIN}:{_SEC}", read_date_and_time),
    (rf"{_Y4}:{_M_LZ}:{_D_LZ} {_STAMP_END}", read_date_and_time),
    (rf"{_Y4}[.-]?{_DAY_OF_YEAR}", read_day_of_year),
    (rf"{_Y4}-?W{_WEEK}(?:-?(?P<wd>[0-7]))?", read_iso_week),
    (rf"{_N_SHORT}-{_D_LZ}-{_Y}", read_date),
    (rf"{_Y}-{_N_SHORT}-{_D_LZ}", read_date),
    (rf"{_D}/{_N_SHORT}/{_Y4}:{_STAMP_END}{_SPACE}{_OFFSET}", read_date_and_time),
    (r"\d{4}", read_year_only),
    (r"(?i:ago)", read_ago),
    (rf"(?i:{_DAY_WORD})", read_plain_weekday),
    (rf"(?i:{_ORDINAL}{_SPACE}{_UNIT % '|week'})", read_named_count_of_units),
    (rf"(?P<n>{_MONTH_NAME})", read_date),
    (_OFFSET, read_zone),
    (r"\(?[A-Za-z]{1,6}\)?", read_zone),
    (r"[A-Z][a-z]+(?:[_/-][A-Za-z]+)+", read_zone),
    (rf"{_MONTH_DAY}{_H12}[:.]{_MIN_LZ}(?:[:.]{_SEC_LZ})?{_MERIDIAN}", read_date_and_time),
    (rf"{_MONTH_DAY}{_CLOCK}(?:[:.]{_SEC})?", read_date_and_time),
    (rf"(?P<number>[+-]*[ \t]*\d{{1,13}}){_SPACE}?(?i:{_UNIT % '|week'})", read_count_of_units),
    (rf"[.,\0\n]|{_SPACE}", read_nothing),
]
_COMPILED = [(re.compile(pattern, re.ASCII), action) for pattern, action in _FORMATS]


def read(text: str) -> DateParts:
    """`parts.wrong` is set when PHP would refuse the text. PHP accepts a day that does not exist (31 February)."""
    parts = DateParts()
    stripped = text.strip(" \t\n\v\f\r") + "\0"
    at = 0
    while at < len(stripped):
        fits = [(match, action) for pattern, action in _COMPILED if (match := pattern.match(stripped, at))]
        if not fits:
            parts.wrong = True
            at += 1
            continue
        match, action = max(fits, key=lambda fit: fit[0].end())
        action(parts, match)
        at = match.end()
    return parts
