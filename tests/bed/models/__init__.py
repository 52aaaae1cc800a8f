"""A model server for tests: it speaks OpenAI's, Ollama's and Anthropic's API on one loopback port.

The real provider packages ask it, from this process or from another (a maubot); it answers what it
was told to, with faults to order, and remembers what it was asked and when a client went away:

    async with ModelServer() as models:
        busy = Reply(status=429, headers={"retry-after-ms": "50"})
        models.script(busy, Reply("Hello there", usage=(12, 2)))
        settings = Settings("work", "openai", model="m", base_url=models.url_for("openai"))
        ...
        asked = await models.next_request()  # with its body and headers
        await asked.ended.wait()             # the client has the whole answer, or went away
        assert asked.left_early

Replies are used in the order in which they were scripted, one for each request; after them, or
without a script, `models.otherwise` answers. `models.answer_with(function)` chooses by the
request. `hold_after=n` stops a reply after n tokens until `models.release()`. `models.refuses`
holds what it would not take.
"""

from .reply import Call, Reply
from .server import Api, ModelServer, Received

__all__ = ["Api", "Call", "ModelServer", "Received", "Reply"]
