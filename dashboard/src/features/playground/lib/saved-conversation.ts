import * as z from "zod/mini";
import type { Answer } from "./answer";
import { type Conversation, emptyConversation, emptySettings } from "./conversation";

// The conversation outlives a reload of this tab, nothing more.

const key = "smartroute.playground";

const answerSchema = z.object({
  asked: z._default(z.string(), ""),
  status: z.enum(["waiting", "streaming", "done", "stopped", "failed"]),
  text: z._default(z.string(), ""),
  reasoning: z._default(z.string(), ""),
  toolCalls: z._default(z.array(z.object({ name: z.string(), arguments: z.string() })), []),
  finishReason: z.optional(z.string()),
  usage: z.optional(z.object({ prompt: z.optional(z.number()), completion: z.optional(z.number()) })),
  error: z.optional(z.object({ message: z.string(), type: z.optional(z.string()), code: z.optional(z.string()), status: z.optional(z.number()) })),
  headers: z._default(z.array(z.tuple([z.string(), z.string()])), []),
  httpStatus: z.optional(z.number()),
  startedAt: z._default(z.number(), 0),
  firstTokenMs: z.optional(z.number()),
  durationMs: z.optional(z.number()),
  restarts: z._default(z.number(), 0),
});

const schema = z.object({
  system: z._default(z.string(), ""),
  preamble: z._default(z.array(z.looseObject({ role: z.string() })), []),
  exchanges: z.array(
    z.object({
      id: z.string(),
      user: z.object({ text: z.string(), images: z._default(z.array(z.string()), []) }),
      answers: z.array(z.catch(z.optional(answerSchema), undefined)),
    }),
  ),
  settings: z.object({
    models: z.catch(z.tuple([z.string(), z.string()]), emptySettings.models),
    compare: z.catch(z.boolean(), false),
    stream: z.catch(z.boolean(), true),
    temperature: z.catch(z.string(), ""),
    maxTokens: z.catch(z.string(), ""),
    extra: z.catch(z.string(), ""),
  }),
});

type Saved = z.infer<typeof schema>;

/** What was still on its way when the page was left did not arrive. */
function settle(answer: Saved["exchanges"][number]["answers"][number]): Answer | undefined {
  if (!answer) return undefined;
  return answer.status === "waiting" || answer.status === "streaming" ? { ...answer, status: "stopped" } : answer;
}

export function parseConversation(text: string | null): Conversation {
  if (!text) return emptyConversation;
  let raw: unknown;
  try {
    raw = JSON.parse(text);
  } catch {
    return emptyConversation;
  }
  const read = z.safeParse(schema, raw);
  if (!read.success) return emptyConversation;
  return { ...read.data, exchanges: read.data.exchanges.map((exchange) => ({ ...exchange, answers: exchange.answers.map(settle) })) };
}

function withoutImages(conversation: Conversation): Conversation {
  return { ...conversation, exchanges: conversation.exchanges.map((e) => ({ ...e, user: { ...e.user, images: [] } })) };
}

export function saveConversation(conversation: Conversation, storage: Storage = sessionStorage): void {
  for (const candidate of [conversation, withoutImages(conversation)]) {
    try {
      storage.setItem(key, JSON.stringify(candidate));
      return;
    } catch {
      // Pictures may be more than a browser keeps for a tab; the words alone may fit.
    }
  }
}

export function loadConversation(storage: Storage = sessionStorage): Conversation {
  try {
    return parseConversation(storage.getItem(key));
  } catch {
    return emptyConversation;
  }
}
