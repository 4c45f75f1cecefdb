"""Evaluation of alert rules on injected events, written without knowledge of the rules.

`synthetic` makes vintages, `injector` puts events of the `kinds` into them, `runner` lets the
product judge them and `baselines` other detectors, `scoring` compares alerts with events, `splits`
names what is held out, `suite` runs it all.
"""
