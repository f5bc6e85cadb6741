// zvonokctl drain --wait before a gateway that is played, so that each thing that can come between comes when it is due.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { rm } from "node:fs/promises";
import net from "node:net";
import path from "node:path";
import { test } from "node:test";
import { findZvonokd, withStage } from "../peers/index.mjs";

const skip = findZvonokd() ? false : "zvonokctl is not built";

const CLOSES = undefined; // without an answer
const drained = { calls: 0, draining: true, leftMs: 30_000 };
const running = { pid: 41, phase: "running" };
const draining = { pid: 41, phase: "draining" };

/** Answers in this order, and is gone after the last. How zvonokctl ends: {code, stdout, stderr}. */
async function waitBefore(stage, answers) {
  const socket = path.join(await stage.folder("admin"), "admin.sock");
  const asked = [];
  const server = net.createServer((connection) => {
    connection.once("data", async (request) => {
      asked.push(JSON.parse(request).verb);
      const answer = answers.shift();
      if (!answers.length) {
        server.close();
        await rm(socket, { force: true });
      }
      connection.end(answer && `${JSON.stringify({ version: 1, ok: true, ...answer })}\n`);
    });
  });
  await new Promise((resolve) => server.listen(socket, resolve));
  stage.onClose(() => server.close());
  const zvonokctl = path.join(path.dirname(findZvonokd()), "zvonokctl");
  const ended = await new Promise((resolve) => {
    const args = ["--socket", socket, "drain", "--wait"];
    execFile(zvonokctl, args, { timeout: 20_000 }, (error, stdout, stderr) =>
      resolve({ code: error ? error.code : 0, stdout, stderr }),
    );
  });
  assert.deepEqual(asked.slice(0, 2), ["status", "drain"]);
  return { ...ended, asked };
}

const scene = (sentence, answers, check) =>
  test(sentence, { timeout: 30_000, skip }, () =>
    withStage("ops", async (stage) => check(await waitBefore(stage, answers))),
  );

scene(
  "it is over when the socket is gone, and not before",
  [running, drained, draining, CLOSES, draining, CLOSES],
  ({ code, stderr, asked }) => {
    assert.deepEqual([code, stderr], [0, ""]);
    assert.equal(asked.length, 6);
  },
);
scene(
  "a drain that is cancelled ends the wait",
  [running, drained, draining, running, running],
  ({ code, stderr, asked }) => {
    assert.equal(code, 1);
    assert.match(stderr, /^zvonokctl: the gateway takes calls: its drain was cancelled/);
    assert.equal(asked.length, 4);
  },
);
scene(
  "a gateway in its place ends the wait",
  [running, drained, draining, { pid: 42, phase: "draining" }, running],
  ({ code, stderr }) => {
    assert.equal(code, 1);
    assert.match(stderr, /^zvonokctl: another gateway answers, process 42/);
  },
);
scene(
  "that a gateway no longer answers is said",
  [running, drained, ...Array(11).fill(CLOSES)],
  ({ code, stderr }) => {
    assert.equal(code, 3);
    assert.match(stderr, /closed the connection without an answer/);
  },
);
