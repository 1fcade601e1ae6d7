import type { Statement, Token } from "./protobuf-text.ts";

/** A statement printed in the one way we print it: two spaces a level, one statement a line, comments where they belong. */
export function format(statement: Statement): string {
  const page = new Page();
  for (const token of statement) {
    if (token.kind === "comment") page.comment(token);
    else if (token.text === "{" && !page.inline()) page.open();
    else if (token.text === "}" && !page.inline()) page.close();
    else page.code(token.text);
  }
  return page.text();
}

const NO_SPACE_BEFORE = new Set([";", ",", ")", "]", ">", "<", ":"]);
const NO_SPACE_AFTER = new Set(["(", "[", "<", "-"]);

class Page {
  private readonly lines: string[] = [];
  private line = "";
  private level = 0;
  private last = "";
  private beforeLast = "";
  /** Open brackets and braces of a value: what is inside stays in its line. */
  private values = 0;

  inline(): boolean {
    return this.values > 0 || this.last === "=";
  }

  code(text: string): void {
    this.append(text, this.spaceBefore(text));
    if (text === "[" || text === "{") this.values++;
    if (text === "]" || text === "}") this.values--;
    if (text === ";" && this.values === 0) this.end();
  }

  open(): void {
    this.append("{", true);
    this.end();
    this.level++;
  }

  close(): void {
    this.end();
    this.level--;
    this.append("}", false);
    this.end();
  }

  comment({ text, first }: Token): void {
    const behind = !first && this.line === "" && this.lines.length > 0;
    if (behind) this.line = this.lines.pop() ?? "";
    else if (first) this.end();
    const [start = "", ...rest] = text.split("\n").map((part) => part.trim());
    this.line = this.line === "" ? this.indent(start) : `${this.line} ${start}`;
    for (const part of rest) {
      this.end();
      this.line = this.indent(part.startsWith("*") ? ` ${part}` : part);
    }
    if (behind || first || text.startsWith("//")) this.end();
  }

  text(): string {
    this.end();
    return this.lines.join("\n");
  }

  private append(text: string, space: boolean): void {
    this.line = this.line === "" ? this.indent(text) : `${this.line}${space ? " " : ""}${text}`;
    this.beforeLast = this.last;
    this.last = text;
  }

  private spaceBefore(text: string): boolean {
    if (text === "(") return this.beforeLast !== "rpc";
    // `(option).part`: one name, though a bracket stands in it.
    if (text.startsWith(".") && this.last === ")") return false;
    return !NO_SPACE_BEFORE.has(text) && !NO_SPACE_AFTER.has(this.last);
  }

  private indent(text: string): string {
    return text.trim() === "" ? "" : `${"  ".repeat(this.level)}${text}`;
  }

  private end(): void {
    if (this.line !== "") this.lines.push(this.line);
    this.line = "";
  }
}
