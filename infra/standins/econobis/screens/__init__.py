"""What an employee of the cooperation uses: the pages of the stand-in, and the form of a kansactie behind them."""
