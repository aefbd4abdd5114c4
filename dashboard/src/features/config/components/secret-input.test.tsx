import { render, screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { useState } from "react";
import { describe, expect, test } from "vitest";
import { SecretInput } from "./secret-input";

function Secret({ start, saved }: { start?: string; saved?: string }) {
  const [value, setValue] = useState<string | undefined>(start);
  return (
    <>
      <label htmlFor="key">API key</label>
      <SecretInput wires={{ id: "key" }} value={value} saved={saved} onChange={setValue} disabled={false} />
      <output>{value ?? "nothing"}</output>
    </>
  );
}

describe("a secret", () => {
  test("that is stored shows its hint only, and can be replaced and kept after all", async () => {
    render(<Secret start="…abcd" saved="…abcd" />);
    expect(screen.queryByRole("textbox")).toBeNull();
    await userEvent.click(screen.getByRole("button", { name: /API key|Replace/ }));
    await userEvent.type(screen.getByLabelText("API key"), "sk-new");
    expect(screen.getByRole("status")).toHaveTextContent("sk-new");
    expect(screen.getByLabelText("API key")).toHaveAttribute("type", "password");
    await userEvent.click(screen.getByRole("button", { name: "Keep the stored key" }));
    expect(screen.getByRole("status")).toHaveTextContent("…abcd");
  });

  test("that is typed can be looked at; a reference needs no hiding", async () => {
    render(<Secret start="sk-typed" />);
    await userEvent.click(screen.getByRole("button", { name: "Show the key" }));
    expect(screen.getByLabelText("API key")).toHaveAttribute("type", "text");
    await userEvent.clear(screen.getByLabelText("API key"));
    await userEvent.type(screen.getByLabelText("API key"), "$${{KEY}");
    expect(screen.getByLabelText("API key")).toHaveAttribute("type", "text");
  });
});
