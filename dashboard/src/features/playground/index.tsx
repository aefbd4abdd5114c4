import { useNavigate, useSearch } from "@tanstack/react-router";
import { Eraser } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { PageHeader } from "@/components/page-header";
import { Button } from "@/components/ui/button";
import { useSession } from "@/hooks/use-session";
import { useConfigDraft } from "@/lib/config-draft";
import { Composer } from "./components/composer";
import { ConversationView } from "./components/conversation-view";
import { ExplainDialog } from "./components/explain-dialog";
import { ModelBar } from "./components/model-bar";
import { RecordedLoader } from "./components/recorded-loader";
import { SettingsPanel } from "./components/settings-panel";
import { SnippetDialog } from "./components/snippet-dialog";
import { useConversation } from "./data/use-conversation";
import { messagesFor, toWire, type UserMessage } from "./lib/conversation";
import { modelOptions, needsKey } from "./lib/model-options";
import { requestBody, settingsProblems } from "./lib/request-body";
import { parseSearch } from "./search";

const noMessage: UserMessage = { text: "", images: [] };

export function PlaygroundPage() {
  const { t } = useTranslation("playground");
  const { isAdmin } = useSession();
  const { saved } = useConfigDraft();
  const search = parseSearch(useSearch({ strict: false }));
  const navigate = useNavigate();
  const talk = useConversation(search.model);
  const [draft, setDraft] = useState(noMessage);
  const { conversation } = talk;

  const nothing = draft.text.trim() === "" && draft.images.length === 0;
  const goesOn = nothing && conversation.preamble.length > 0 && conversation.exchanges.length === 0;
  const wrong = settingsProblems(conversation.settings).length > 0;
  const empty = nothing && !goesOn;
  const blocked = !isAdmin ? t("blocked.viewer") : wrong ? t("blocked.settings") : empty ? "" : undefined;
  // What would be sent now: the conversation so far and the question that is being written, or only the conversation.
  const body = () => {
    const last = conversation.exchanges.length;
    const messages = nothing ? messagesFor(conversation, 0, Math.max(0, last - 1)) : [...messagesFor(conversation, 0, last), toWire(draft)];
    return requestBody(conversation.settings.models[0], messages, conversation.settings);
  };
  const unaskable = wrong || (empty && conversation.exchanges.length === 0);
  const dropRecord = () => void navigate({ to: ".", search: {} as never, replace: true });

  return (
    <div className="grid gap-5">
      <PageHeader
        title={t("title")}
        description={t("description")}
        actions={
          <Button variant="outline" disabled={conversation.exchanges.length === 0 && conversation.preamble.length === 0} onClick={talk.clear}>
            <Eraser aria-hidden />
            {t("clear")}
          </Button>
        }
      />
      <div className="grid items-start gap-5 lg:grid-cols-[minmax(0,1fr)_19rem]">
        <section className="grid min-w-0 gap-4">
          <ModelBar talk={talk} options={modelOptions(saved)} />
          {search.record && (
            <RecordedLoader
              key={search.record}
              recordId={search.record}
              onDismiss={dropRecord}
              onLoaded={(recorded) => {
                talk.replace(recorded.conversation);
                setDraft(recorded.draft);
                dropRecord();
              }}
            />
          )}
          <ConversationView talk={talk} mayAsk={isAdmin && !wrong} />
          <div className="bottom-2 z-10 md:sticky">
            <Composer
              draft={draft}
              onDraft={setDraft}
              running={talk.running}
              blocked={blocked}
              onStop={talk.stop}
              onSend={() => {
                talk.ask(draft);
                setDraft(noMessage);
              }}
              actions={
                <>
                  <ExplainDialog body={body} disabled={unaskable} />
                  <SnippetDialog body={body} needsKey={needsKey(saved)} disabled={unaskable} />
                </>
              }
            />
          </div>
        </section>
        <SettingsPanel talk={talk} />
      </div>
    </div>
  );
}
