"""The pages that an employee of the cooperation uses, and the form of a kansactie behind them."""
