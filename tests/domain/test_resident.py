"""An address of a resident: in one line for people, and completed by what a peer knows."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.domain.resident import Address

HOME = Address(postal_code="1013 CD", number=12, addition="3", street="Haarlemmerdijk", city="Amsterdam")


@pytest.mark.parametrize(
    ("address", "line"),
    [
        (HOME, "Haarlemmerdijk 12-3, 1013 CD Amsterdam"),
        (
            Address(postal_code="9000", number=12, addition="bus3", street="Veldstraat", city="Gent"),
            "Veldstraat 12 bus 3, 9000 Gent",
        ),
        (
            Address(postal_code="9000", number=303, addition="b100", street="Veldstraat", city="Gent"),
            "Veldstraat 303 bus 100, 9000 Gent",
        ),
        (Address(postal_code="1013 CD", number=7), "huisnummer 7, 1013 CD"),
        (Address(postal_code="1013 CD", number=7, addition="A", city="Amsterdam"), "huisnummer 7A, 1013 CD Amsterdam"),
        (Address(postal_code="1013 CD", number=7, street="Dijk"), "Dijk 7, 1013 CD"),
        (Address(postal_code="1013 CD", street="Dijk", city="Amsterdam"), "Dijk, 1013 CD Amsterdam"),
        (Address(city="Amsterdam"), "Amsterdam"),
        (Address(number=7), "huisnummer 7"),
        (Address(addition="A"), ""),
        (Address(), ""),
    ],
)
def test_an_address_in_one_line(address, line):
    assert address.in_one_line() == line


TYPED = Address(postal_code="1013 CD", number=12, addition="3")


@pytest.mark.parametrize(
    ("mine", "other", "expected"),
    [
        (TYPED, HOME, HOME),
        (TYPED.model_copy(update={"postal_code": "1013cd"}), HOME, HOME.model_copy(update={"postal_code": "1013cd"})),
        (TYPED.model_copy(update={"street": "Dijk"}), HOME, HOME.model_copy(update={"street": "Dijk"})),
        # An empty addition counts as filled in: with another addition it is another home.
        (TYPED.model_copy(update={"addition": ""}), HOME, HOME.model_copy(update={"addition": ""})),
        (TYPED.model_copy(update={"number": 13}), HOME, TYPED.model_copy(update={"number": 13})),
        (
            TYPED.model_copy(update={"postal_code": "1014 CD"}),
            HOME,
            TYPED.model_copy(update={"postal_code": "1014 CD"}),
        ),
        (Address(), HOME, HOME),
        (HOME, Address(), HOME),
        (HOME, TYPED, HOME),
    ],
)
def test_an_address_is_completed_by_another_one_of_the_same_home(mine, other, expected):
    assert mine.completed_by(other) == expected


ADDRESSES = st.builds(
    Address,
    postal_code=st.sampled_from(["", "1013 CD", "9000"]),
    number=st.sampled_from([0, 12, 13]),
    addition=st.sampled_from(["", "3", "bus3"]),
    street=st.sampled_from(["", "Dijk"]),
    city=st.sampled_from(["", "Gent"]),
)


@given(ADDRESSES, ADDRESSES)
def test_completing_an_address_changes_no_part_that_was_filled_in(mine, other):
    completed = mine.completed_by(other)
    assert all(getattr(completed, field) == value for field, value in mine.model_dump().items() if value)
    assert completed.completed_by(other) == completed
    assert not completed.in_one_line().startswith((",", " ")) and ", ," not in completed.in_one_line()
