"""The harness that tests of several folders share. Nothing here is a test, and no test imports from a test.

Two ways to run the whole link:
  world.py                 both peers, mail server, queue, store and instances of the link, on a clock that tests move.
                           Tests of flows and faults use it: hours pass in a moment, and an instance can die anywhere
  functions_over_http.py   all functions over HTTP on the real clock, with a real queue and Hoomdossier's stand-in.
                           Tests of what a caller sees use it. Its settings: cooperations.yaml

What people and peers do in a `World`, and what a test looks at:
  fixtures.py              pytest fixtures that give each test a world of its own
  residents.py             residents, what they and their coaches do, and what must be true of them at the end
  journey.py               one resident's whole journey, which goes on after every crash
  hoomdossier_events.py    what Hoomdossier's events contain; a dossier that is deleted
  faults.py                faults that a test puts in, and how it ends them
  sent.py                  the calls and letters that the link sent, as peers and mailbox received them
  letters.py               letters about appointments, as a receiver reads them
  tallies.py               the counts of campaigns, as stored and counted anew
  personal_data.py         everything that the link keeps, as text, and personal data to look for in it

What the worlds are built of:
  clock.py                 a clock that a test moves
  cloud_tasks.py           Cloud Tasks on that clock: tasks late, twice, out of order or lost
  crash_points.py          the points before and after each call that leaves the process, where an instance can die
  own_secrets.py           each function has its own secrets only, as in production
  firestore_rules.py       a store that fails the test where Firestore would refuse in production

Processes and sockets:
  firestore_emulator.py    Google's Firestore emulator
  fast_local_run.py        `make run` with short leases and pauses, to be killed
  two_versions.py          an older and a newer version of the functions behind one address
  scripted_peer.py         a server that sends exactly the bytes that a test wants
  proxy.py                 a TCP proxy that can lose answers and cut connections
  ports.py                 free ports
  threads.py               the same call in many threads at once
"""
