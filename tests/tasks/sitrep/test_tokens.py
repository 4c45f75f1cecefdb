from tasks.sitrep.tokens import Token, tokens


def test_digits_that_may_belong_to_a_day_come_back_as_both() -> None:
    """They may belong to the number behind them, too."""
    assert tokens("On October 14 678 people")[1:3] == [
        Token("day", "October 14"),
        Token("number", "678", ("14 678",)),
    ]
