"""The pages as people meet them: in a real Chromium, by keyboard, on a narrow screen, without JavaScript. See README.md.

chromium.py   finds Debian's Chromium and starts it
visits.py     a visitor: opens pages, and notes what a page may never do
checks.py     what a test asks of a page: no barriers, nothing that scrolls sideways, a picture of it
keyboard.py   goes through a page by keyboard only
"""
