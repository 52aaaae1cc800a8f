"""A page that shows what the bot does, and /metrics: at the instance's own web address in maubot.

Both stand behind `dashboard.token`, and show no text of people or models.

open_site       answers at that address                           site.py
Door            who is let in: the token, then a cookie           door.py
Overview        what is to be seen, as values                     overview.py
Columns         charts as values                                  charts.py
render          the page, from a template                         page.py
RoomNames       what rooms are called                             room_names.py
exposition      the numbers, as Prometheus reads them             metrics.py
"""
