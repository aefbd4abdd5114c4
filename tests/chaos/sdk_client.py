# Each case of standard input as a stream of the official Python SDK with its defaults; how each ended, as JSON.
#   {"base_url": "...", "cases": [{"name": "...", "request": {...}}]} -> [{"name", "ended", "class", "bases", "message", "requests"}]
import json
import sys

import openai


class Counting(openai.OpenAI):
    requests = 0

    def _prepare_request(self, request):
        self.requests += 1


asked = json.load(sys.stdin)
told = []
for case in asked["cases"]:
    client = Counting(base_url=asked["base_url"], api_key="sk-any", timeout=30)
    end = {"name": case["name"], "ended": "success", "class": None, "bases": [], "message": ""}
    try:
        for _ in client.chat.completions.create(stream=True, **case["request"]):
            pass
    except Exception as error:
        end.update({"ended": "error", "class": type(error).__name__, "bases": [base.__name__ for base in type(error).__mro__], "message": str(error)})
    end["requests"] = client.requests
    told.append(end)
json.dump(told, sys.stdout)
