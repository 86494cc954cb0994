"""The benchmark: how close to the wire a real release goes, beside two others on the same wire.

`make bench`, or `python -m bench --help`. Everything stays on loopback, bounded in number and time.
What is measured, and how, is told in docs/benchmarks.md.
"""
