from tasks.sitrep.clauses import sentences


def test_sentences_by_example() -> None:
    """`sentences`, by its plainest cases."""
    assert [
        [(clause.text, clause.time) for clause in one]
        for one in sentences(
            "From 8-14 October, 678 people were tested, bringing the total to 42 773 people."
        )
    ] == [
        [
            ("From 8-14 October", "new"),
            ("678 people were tested", "new"),
            ("bringing the total to 42 773 people", "total"),
        ]
    ]
