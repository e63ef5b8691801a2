"""What a server runs: `uvicorn lapwing.desk.project.asgi:application`."""

from __future__ import annotations

from django.core.asgi import get_asgi_application

from lapwing.desk.project.start import start

start()
application = get_asgi_application()
