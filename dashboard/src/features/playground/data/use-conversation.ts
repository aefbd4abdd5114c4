import { useCallback, useEffect, useMemo, useReducer, useRef } from "react";
import { type Answer, isRunning } from "../lib/answer";
import { columnsOf, type Conversation, type ConversationAction, conversationReducer, messagesFor, type Settings, type UserMessage } from "../lib/conversation";
import { requestBody } from "../lib/request-body";
import { loadConversation, saveConversation } from "../lib/saved-conversation";
import { runAnswer } from "./run-answer";

export interface Talk {
  conversation: Conversation;
  running: boolean;
  ask: (user: UserMessage) => void;
  /** Asks an earlier question anew, perhaps in other words; what followed it is forgotten. */
  askAgain: (id: string, user: UserMessage) => void;
  regenerate: (id: string, column: number) => void;
  stop: () => void;
  clear: () => void;
  setSystem: (text: string) => void;
  setSettings: (settings: Partial<Settings>) => void;
  replace: (conversation: Conversation) => void;
  dropPreamble: () => void;
}

/** One paint for many pieces: answers come faster than anybody reads. */
function perFrame(show: (answer: Answer) => void): (answer: Answer) => void {
  let latest: Answer | undefined;
  let frame = 0;
  return (answer) => {
    latest = answer;
    if (!isRunning(answer)) {
      cancelAnimationFrame(frame);
      show(answer);
      return;
    }
    if (frame !== 0) return;
    frame = requestAnimationFrame(() => {
      frame = 0;
      if (latest && isRunning(latest)) show(latest);
    });
  };
}

let lastId = 0;
const newId = () => `${Date.now().toString(36)}-${(lastId += 1)}`;

function begin(model: string | undefined): Conversation {
  const kept = loadConversation();
  return model ? { ...kept, settings: { ...kept.settings, models: [model, kept.settings.models[1]] } } : kept;
}

/** `model` is asked first, whatever was asked before. */
export function useConversation(model?: string): Talk {
  const [conversation, dispatch] = useReducer(conversationReducer, model, begin);
  const running = conversation.exchanges.some((exchange) => exchange.answers.some(isRunning));
  const calls = useRef(new Set<AbortController>());
  const latest = useRef(conversation);

  useEffect(() => {
    latest.current = conversation;
    if (!running) saveConversation(conversation);
  }, [conversation, running]);

  useEffect(() => {
    const open = calls.current;
    return () => {
      for (const one of open) one.abort();
    };
  }, []);

  const stop = useCallback(() => {
    for (const one of calls.current) one.abort();
  }, []);

  const start = useCallback((state: Conversation, id: string, column: number) => {
    const at = state.exchanges.findIndex((exchange) => exchange.id === id);
    const asked = state.settings.models[column] ?? "auto";
    const abort = new AbortController();
    calls.current.add(abort);
    const body = requestBody(asked, messagesFor(state, column, at), state.settings);
    const onAnswer = perFrame((answer) => dispatch({ do: "answer", id, column, answer }));
    void runAnswer({ asked, body, signal: abort.signal, onAnswer }).finally(() => calls.current.delete(abort));
  }, []);

  return useMemo(() => {
    const askAll = (action: ConversationAction & { id: string }) => {
      stop();
      const next = conversationReducer(latest.current, action);
      dispatch(action);
      for (const column of columnsOf(next.settings)) start(next, action.id, column);
    };
    return {
      conversation,
      running,
      stop,
      ask: (user) => askAll({ do: "ask", id: newId(), user }),
      askAgain: (id, user) => askAll({ do: "ask-again", id, user }),
      regenerate: (id, column) => start(conversation, id, column),
      clear: () => {
        stop();
        dispatch({ do: "clear" });
      },
      setSystem: (text) => dispatch({ do: "system", text }),
      setSettings: (settings) => dispatch({ do: "settings", settings }),
      replace: (next) => {
        stop();
        dispatch({ do: "replace", conversation: next });
      },
      dropPreamble: () => dispatch({ do: "drop-preamble" }),
    };
  }, [conversation, running, start, stop]);
}
