import { render, screen, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { useState } from "react";
import { describe, expect, test } from "vitest";
import { isPattern, keywordFault } from "../lib/patterns";
import { TagsInput } from "./tags-input";

function Tags({ start }: { start: string[] }) {
  const [value, setValue] = useState(start);
  return (
    <>
      <label htmlFor="tags">Rules</label>
      <TagsInput wires={{ id: "tags" }} value={value} onChange={setValue} disabled={false} faultOf={keywordFault} isPattern={isPattern} />
    </>
  );
}

const entries = () => screen.queryAllByRole("listitem").map((item) => within(item).getAllByRole("button")[0]?.textContent);

describe("a list of tags", () => {
  test("takes entries by Enter, each once", async () => {
    render(<Tags start={["one"]} />);
    await userEvent.type(screen.getByLabelText("Rules"), "two{Enter}one{Enter}");
    expect(entries()).toEqual(["one", "two"]);
  });

  test("takes pasted lines as entries", async () => {
    render(<Tags start={[]} />);
    await userEvent.click(screen.getByLabelText("Rules"));
    await userEvent.paste("a b\nc\n\na b");
    expect(entries()).toEqual(["a b", "c"]);
  });

  test("gives the last one back for editing, and removes by button", async () => {
    render(<Tags start={["one", "two"]} />);
    await userEvent.click(screen.getByLabelText("Rules"));
    await userEvent.keyboard("{Backspace}");
    expect(screen.getByLabelText("Rules")).toHaveValue("two");
    await userEvent.click(screen.getByRole("button", { name: "Remove one" }));
    expect(entries()).toEqual(["two"]);
  });

  test("says what is wrong with a pattern", () => {
    render(<Tags start={["/a(?=b)/"]} />);
    expect(screen.getByText("lookaround")).toBeInTheDocument();
  });
});
