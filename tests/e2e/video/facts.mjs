// What is known of a video call that did not do what a test wanted: told with the failure, so that nobody has to run it again.
const quietly = (action) =>
  Promise.resolve()
    .then(action)
    .catch((error) => `? ${error.message}`);

/** The descriptions that passed on both legs, in order, from the gateway's recorder. */
async function descriptionsOf(gateway, name) {
  const { trace } = await gateway.ctlJson("trace", name);
  const found = [];
  const look = (value, what) => {
    if (typeof value === "string" && /(^|\r?\n)m=(audio|video) /.test(value))
      found.push(`${what}\n${value.trim()}`);
    else if (value && typeof value === "object")
      for (const inner of Object.values(value)) look(inner, what);
  };
  for (const { kind, name: of, direction, ...rest } of trace.events)
    look(rest, `-- ${[kind, of, direction].filter(Boolean).join(" ")}`);
  return found.join("\n");
}

/** Adds to an error what gateway, page and softphone say of the call; `peers` may lack any of them. */
export async function withFacts({ gateway, page, softphone }, action) {
  try {
    return await action();
  } catch (error) {
    const name = await quietly(() => nameOfCall(gateway));
    const facts = {
      descriptions: gateway && (await quietly(() => descriptionsOf(gateway, name))),
      gateway: gateway && (await quietly(async () => (await gateway.ctl("call", name)).stdout)),
      page: page && JSON.stringify(await quietly(() => page.video()), null, 1),
      softphone: softphone && (await quietly(async () => (await softphone.video()).text)),
    };
    const told = Object.entries(facts).filter(([, fact]) => fact);
    error.message += told.map(([who, fact]) => `\n==== ${who}\n${fact}`).join("");
    throw error;
  }
}

/** The newest call, that goes on or has ended. */
async function nameOfCall(gateway) {
  const { calls } = await gateway.ctlJson("calls");
  if (calls.length) return calls.at(-1).name;
  return (await gateway.ctlJson("calls", "--ended")).calls[0].name;
}
