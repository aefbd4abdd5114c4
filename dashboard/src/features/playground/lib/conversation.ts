import type { Answer } from "./answer";

// One conversation, or two that share what the user says: each exchange holds one answer for every column.

export interface UserMessage {
  text: string;
  /** data: URLs */
  images: string[];
}

export interface Exchange {
  id: string;
  user: UserMessage;
  answers: (Answer | undefined)[];
}

export interface RawMessage {
  role: string;
  [field: string]: unknown;
}

export interface Settings {
  models: [string, string];
  compare: boolean;
  stream: boolean;
  temperature: string;
  maxTokens: string;
  extra: string;
}

export interface Conversation {
  system: string;
  /** Messages of a recorded request that are no plain turns, sent as they were. */
  preamble: RawMessage[];
  exchanges: Exchange[];
  settings: Settings;
}

export const emptySettings: Settings = { models: ["auto", "t3"], compare: false, stream: true, temperature: "", maxTokens: "", extra: "" };

export const emptyConversation: Conversation = { system: "", preamble: [], exchanges: [], settings: emptySettings };

export function columnsOf(settings: Settings): number[] {
  return settings.compare ? [0, 1] : [0];
}

/** The message as the API wants it: pictures make a list of parts of it. */
export function toWire(message: UserMessage): RawMessage {
  if (message.images.length === 0) return { role: "user", content: message.text };
  const pictures = message.images.map((url) => ({ type: "image_url", image_url: { url } }));
  const words = message.text === "" ? [] : [{ type: "text", text: message.text }];
  return { role: "user", content: [...words, ...pictures] };
}

/** What a column is sent for the exchange `upTo`: all before it with this column's own answers, and its question. */
export function messagesFor(conversation: Conversation, column: number, upTo: number): RawMessage[] {
  const out: RawMessage[] = [];
  if (conversation.system.trim() !== "") out.push({ role: "system", content: conversation.system });
  out.push(...conversation.preamble);
  conversation.exchanges.slice(0, upTo + 1).forEach((exchange, index) => {
    if (exchange.user.text !== "" || exchange.user.images.length > 0) out.push(toWire(exchange.user));
    if (index === upTo) return;
    const answer = exchange.answers[column] ?? exchange.answers[0];
    if (answer && answer.text !== "") out.push({ role: "assistant", content: answer.text });
  });
  return out;
}

export type ConversationAction =
  | { do: "ask"; id: string; user: UserMessage }
  | { do: "ask-again"; id: string; user: UserMessage }
  | { do: "answer"; id: string; column: number; answer: Answer }
  | { do: "forget-from"; id: string }
  | { do: "system"; text: string }
  | { do: "settings"; settings: Partial<Settings> }
  | { do: "drop-preamble" }
  | { do: "replace"; conversation: Conversation }
  | { do: "clear" };

export function conversationReducer(state: Conversation, action: ConversationAction): Conversation {
  switch (action.do) {
    case "ask":
      return { ...state, exchanges: [...state.exchanges, { id: action.id, user: action.user, answers: [] }] };
    case "ask-again": {
      const at = state.exchanges.findIndex((exchange) => exchange.id === action.id);
      if (at < 0) return state;
      return { ...state, exchanges: [...state.exchanges.slice(0, at), { id: action.id, user: action.user, answers: [] }] };
    }
    case "answer":
      return {
        ...state,
        exchanges: state.exchanges.map((exchange) => {
          if (exchange.id !== action.id) return exchange;
          const answers = [...exchange.answers];
          answers[action.column] = action.answer;
          return { ...exchange, answers: Array.from(answers) };
        }),
      };
    case "forget-from": {
      const at = state.exchanges.findIndex((exchange) => exchange.id === action.id);
      return at < 0 ? state : { ...state, exchanges: state.exchanges.slice(0, at) };
    }
    case "system":
      return { ...state, system: action.text };
    case "settings":
      return { ...state, settings: { ...state.settings, ...action.settings } };
    case "drop-preamble":
      return { ...state, preamble: [] };
    case "replace":
      return action.conversation;
    case "clear":
      return { ...emptyConversation, settings: state.settings };
  }
}
