import "./app/styles.css";
import { setNonce } from "get-nonce";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { App } from "./app/app";
import { startTheme } from "./app/theme";
import { allowKnownMarkup } from "./app/trusted-types";
import { sessionQuery } from "./hooks/use-session";
import { startI18n } from "./lib/i18n";
import { queryClient } from "./lib/query-client";

// Libraries that must write a <style> (the scroll lock of dialogs) mark it with the nonce of this answer's policy.
const nonce = document.querySelector<HTMLMetaElement>('meta[name="csp-nonce"]')?.content;
if (nonce && !nonce.startsWith("__")) setNonce(nonce);

allowKnownMarkup();
startTheme();
// Neither waits for the other.
void queryClient.prefetchQuery(sessionQuery);
await startI18n();

const root = document.getElementById("root");
if (root) {
  createRoot(root).render(
    <StrictMode>
      <App />
    </StrictMode>,
  );
}
