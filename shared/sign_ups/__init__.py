"""What flows do with a sign-up: keep it, or have it confirmed by e-mail first."""
