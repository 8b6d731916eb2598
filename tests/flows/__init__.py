"""Tests of the flows, rule by rule. README.md says where the test of each rule is."""
