"""What each flow has to do, rule by rule; README.md says where the test of each rule is."""
