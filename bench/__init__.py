"""Benchmarks: `make bench`. Each stands beside a reference measured in the same run; none is a test."""
