// What lies in the folders that the server may look into: libraries of pictures, trainings with their curves, and their memories.

import { html, useEffect, useRef, useState } from "./preact.js";
import { ask, send } from "./api.js";
import { Problem, useAsked } from "./parts.js";

const EVERY = 3000; // milliseconds between two looks at a log
const FIRST = ["loss", "rollout/reward", "rollout/image_reward", "rollout/program_reward"];

function Closed({ what }) {
  return html`<p>This server ${what} only in folders that it was given: start it with <code>--allow DIR</code>.</p>`;
}

export function Libraries() {
  const [found, problem, again] = useAsked("api/libraries");
  const [told, setTold] = useState("");
  const [refused, setRefused] = useState("");
  const form = useRef(null);
  const act = async (work) => {
    setRefused("");
    setTold("working …");
    try {
      setTold(await work());
      again();
    } catch (reason) {
      setTold("");
      setRefused(reason.message);
    }
  };
  const add = (event) => {
    event.preventDefault();
    const { folder, name } = Object.fromEntries(new FormData(form.current));
    act(async () => {
      const done = await send("api/libraries", { folder, name });
      form.current.reset();
      const left = done.refused.length ? `; left out: ${done.refused.map((each) => `${each.file} (${each.reason})`).join(", ")}` : "";
      return `${done.name}: ${done.added} added, ${done.unchanged} unchanged${left}`;
    });
  };
  const remove = (name) => act(async () => {
    await ask(`api/libraries/${encodeURIComponent(name)}`, { method: "DELETE" });
    return `${name} is removed; its pictures stay where they are`;
  });
  return html`<section>
    <h1 tabindex="-1">Libraries</h1>
    <p>Folders of your own pictures, in which the image search looks first. What changes here counts from the next search on.</p>
    <${Problem} text=${problem || refused} />
    <p role="status">${told}</p>
    ${found && found.libraries.length === 0 && html`<p>There is none yet.</p>`}
    ${found && html`<ul class="rows">${found.libraries.map((each) => html`<li key=${each.name}>
      <div><strong>${each.name}</strong> <small>${each.images} pictures, ${each.folder}</small></div>
      ${each.changeable && html`<button type="button" class="quiet" aria-label=${`Remove ${each.name}`} onClick=${() => remove(each.name)}>Remove</button>`}
    </li>`)}</ul>`}
    ${found && (found.allowed.length === 0 ? html`<${Closed} what="adds libraries" />` : html`<form ref=${form} class="ask" onSubmit=${add}>
      <h2>Add a folder, or bring it up to date</h2>
      <label class="wide">Folder on the server, in ${found.allowed.join(" or ")} <input name="folder" required size="40" autocomplete="off" /></label>
      <label>Name <input name="name" placeholder="as the folder" autocomplete="off" /></label>
      <button type="submit">Add it</button>
    </form>`)}
  </section>`;
}

export function Trainings() {
  const [found, problem] = useAsked("api/runs");
  return html`<section>
    <h1 tabindex="-1">Trainings</h1>
    <${Problem} text=${problem} />
    ${found && found.allowed.length === 0 && html`<${Closed} what="looks for trainings" />`}
    ${found && found.allowed.length > 0 && found.runs.length === 0 && html`<p>No training lies in ${found.allowed.join(" or ")}.</p>`}
    ${found && html`<ul class="rows">${found.runs.map((each) => html`<li key=${each.name}>
      <a href=${`#/trainings/${encodeURIComponent(each.name)}`}>${each.name}</a>
      <small>${[each.log && "curves", each.memory && "memory"].filter(Boolean).join(", ")}, changed ${new Date(each.changed * 1000).toLocaleString()}</small>
    </li>`)}</ul>`}
  </section>`;
}

const number = (value) => (Math.abs(value) >= 1000 || (value !== 0 && Math.abs(value) < 0.001) ? value.toExponential(2) : String(Number(value.toPrecision(4))));

function Curve({ name, points }) {
  const steps = points.map(([step]) => step);
  const values = points.map(([, value]) => value);
  const [low, high] = [Math.min(...values), Math.max(...values)];
  const across = (step) => ((step - steps[0]) / (steps.at(-1) - steps[0] || 1)) * 300;
  const up = (value) => 95 - ((value - low) / (high - low || 1)) * 90;
  const line = points.map(([step, value]) => `${across(step).toFixed(1)},${up(value).toFixed(1)}`).join(" ");
  const told = `from ${number(values[0])} at step ${steps[0]} to ${number(values.at(-1))} at step ${steps.at(-1)}`;
  return html`<figure class="curve">
    <figcaption><strong>${name}</strong> <small>${told}; lowest ${number(low)}, highest ${number(high)}</small></figcaption>
    <svg viewBox="0 0 300 100" role="img" aria-label=${`${name}: ${told}`} preserveAspectRatio="none"><polyline points=${line} /></svg>
  </figure>`;
}

/** The curves of a run, looked at again and again while they are on the screen. */
function Curves({ name }) {
  const [found, problem, again] = useAsked(`api/runs/log?name=${encodeURIComponent(name)}`);
  const [words, setWords] = useState("");
  useEffect(() => {
    const timer = setInterval(() => document.hidden || again(), EVERY);
    return () => clearInterval(timer);
  }, [again]);
  if (!found) return html`<${Problem} text=${problem} />`;
  const all = Object.keys(found.curves);
  const known = FIRST.filter((each) => all.includes(each));
  const shown = words ? all.filter((each) => each.includes(words.toLowerCase())) : known.length ? known : all.slice(0, 4);
  return html`<section aria-labelledby="curves">
    <h2 id="curves">Curves</h2>
    <label class="search">Which of ${all.length} curves <input type="search" value=${words} placeholder="sdl, rollout, …" onInput=${(event) => setWords(event.target.value)} /></label>
    ${all.length === 0 && html`<p>Curves begin with the second line of the log.</p>`}
    <div class="curves">${shown.map((each) => html`<${Curve} key=${each} name=${each} points=${found.curves[each]} />`)}</div>
  </section>`;
}

function Remembered({ name }) {
  const [found, problem] = useAsked(`api/runs/memory?name=${encodeURIComponent(name)}`);
  if (!found) return html`<${Problem} text=${problem} />`;
  return html`<section aria-labelledby="memory">
    <h2 id="memory">Memory of experience: ${found.whole} entries</h2>
    ${found.entries.map((entry) => html`<details key=${entry.id}>
      <summary>${entry.request} <small>step ${entry.step}, reward gap ${entry.gap.toFixed(2)}</small></summary>
      <ul>${entry.lessons.map((each) => html`<li class=${each.standard ? "thought" : ""}>${each.part}: ${each.text}${each.standard && " (standard)"}</li>`)}</ul>
    </details>`)}
  </section>`;
}

export function Training({ name }) {
  const [found, problem] = useAsked("api/runs");
  const run = found && found.runs.find((each) => each.name === name);
  return html`<section>
    <h1 tabindex="-1">${name}</h1>
    <${Problem} text=${problem || (found && !run ? "there is no such training any more" : "")} />
    ${run && run.log && html`<${Curves} name=${name} />`}
    ${run && run.memory && html`<${Remembered} name=${name} />`}
  </section>`;
}
