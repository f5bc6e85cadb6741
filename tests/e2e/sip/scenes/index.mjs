// All scenes, in the groups of README.md. A scene is `{name, rfc, peer, asserts, play(world)}`; `isLong` keeps it out of the
// short tier. As a program this writes the table of README.md anew.
import { readFile, writeFile } from "node:fs/promises";
import { answers } from "./answers.mjs";
import { auth } from "./auth.mjs";
import { digits } from "./digits.mjs";
import { early } from "./early.mjs";
import { ends } from "./ends.mjs";
import { finals } from "./finals.mjs";
import { forks } from "./forks.mjs";
import { hold } from "./hold.mjs";
import { incoming } from "./incoming.mjs";
import { offerless } from "./offerless.mjs";
import { pbx } from "./pbx.mjs";
import { prack } from "./prack.mjs";
import { registration } from "./registration.mjs";
import { repair } from "./repair.mjs";
import { requests } from "./requests.mjs";
import { session } from "./session.mjs";
import { timers } from "./timers.mjs";

export const groups = [
  { title: "Answers", scenes: answers },
  { title: "Refusals", scenes: finals },
  { title: "Refused offers", scenes: repair },
  { title: "Forks, repetitions, what is lost", scenes: forks },
  { title: "Early media, and what overtakes the answer", scenes: early },
  { title: "Provisionals that must not be lost", scenes: prack },
  { title: "Ends", scenes: ends },
  { title: "Digest", scenes: auth },
  { title: "The session changes", scenes: session },
  { title: "Session timers", scenes: timers },
  { title: "Hold", scenes: hold },
  { title: "Digits", scenes: digits },
  { title: "Calls that come", scenes: incoming },
  { title: "Calls without an offer", scenes: offerless },
  { title: "Requests that are no calls", scenes: requests },
  { title: "Registration", scenes: registration },
  { title: "A PBX", scenes: pbx },
];

const row = ({ name, rfc, peer, asserts, isLong }) =>
  `| ${name} | ${rfc} | ${peer}${isLong ? ", long" : ""} | ${asserts} |`;

export function writeTable() {
  return groups
    .map(({ title, scenes }) =>
      [
        `### ${title}`,
        "",
        "| scene | RFC | far end | asserted |",
        "|---|---|---|---|",
        ...scenes.map(row),
      ].join("\n"),
    )
    .join("\n\n");
}

if (process.argv[1] === new URL(import.meta.url).pathname) {
  const file = new URL("../README.md", import.meta.url);
  const text = await readFile(file, "utf8");
  const start = text.indexOf("### ");
  await writeFile(file, `${text.slice(0, start < 0 ? text.length : start)}${writeTable()}\n`);
}
