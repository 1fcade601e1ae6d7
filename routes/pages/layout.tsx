import { raw } from "hono/html";
import type { Child } from "hono/jsx";

/** One page. Everything in it is text of our own or escaped; there is no script. */
export function Layout({ title, children }: { readonly title: string; readonly children: Child }) {
  return (
    <>
      {raw("<!doctype html>")}
      <html lang="en">
        <head>
          <meta charset="utf-8" />
          <meta name="viewport" content="width=device-width, initial-scale=1" />
          <title>{title} · Kafka worker</title>
          <link rel="stylesheet" href="/style.css" />
        </head>
        <body>
          <header>
            <a href="/">Kafka worker</a>
          </header>
          <main>
            <h1>{title}</h1>
            {children}
          </main>
        </body>
      </html>
    </>
  );
}

/** A moment as people say it, the exact one on hover. `at` and `now` in ms. */
export function When({ at, now }: { readonly at: number | undefined; readonly now: number }) {
  if (at === undefined) return <span>never</span>;
  const exact = new Date(at).toISOString();
  return (
    <time datetime={exact} title={exact}>
      {ago(at, now)}
    </time>
  );
}

const UNITS = [
  ["d", 86_400],
  ["h", 3_600],
  ["min", 60],
  ["s", 1],
] as const;

export function ago(at: number, now: number): string {
  const seconds = Math.round(Math.abs(now - at) / 1000);
  const [unit, size] = UNITS.find(([, length]) => seconds >= length) ?? ["s", 1];
  const text = `${Math.floor(seconds / size)} ${unit}`;
  return at > now ? `in ${text}` : `${text} ago`;
}

export const STYLE = `
:root { color-scheme: light dark; --line: #8885; --bad: #c0392b; --good: #1e8449; --soft: #8882; }
body { font: 15px/1.5 system-ui, sans-serif; margin: 0 auto; max-width: 75rem; padding: 0 1rem 3rem; }
header { border-bottom: 1px solid var(--line); padding: .7rem 0; font-weight: 600; }
header a { color: inherit; text-decoration: none; }
h1 { font-size: 1.5rem; overflow-wrap: anywhere; } h2 { font-size: 1.1rem; margin-top: 2rem; }
table { border-collapse: collapse; width: 100%; }
th, td { text-align: left; padding: .35rem .6rem .35rem 0; border-bottom: 1px solid var(--line); vertical-align: top; overflow-wrap: anywhere; }
th { font-weight: 600; } .number { text-align: right; font-variant-numeric: tabular-nums; }
.bad { color: var(--bad); } .good { color: var(--good); } .muted { opacity: .7; }
.cards { display: grid; grid-template-columns: repeat(auto-fit, minmax(9rem, 1fr)); gap: .8rem; padding: 0; list-style: none; }
.cards li { background: var(--soft); border-radius: .5rem; padding: .6rem .9rem; } .cards b { display: block; font-size: 1.4rem; }
pre { background: var(--soft); border-radius: .5rem; padding: 1rem; overflow: auto; max-height: 40rem; }
nav a { margin-right: 1rem; } nav a[aria-current] { font-weight: 600; text-decoration: none; }
`;
