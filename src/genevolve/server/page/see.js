// One generation: its steps in words while they happen, its picture, verdict and program, and what can be done with it.

import { html, useEffect, useState } from "./preact.js";
import { ask, follow, small } from "./api.js";
import { Ask } from "./make.js";
import { Marked, Picture, Pictures, Problem, Program, Source, Verdict, ledgerOf, outcome, shown } from "./parts.js";

const DOING = { search: "Looks up", "image search": "Looks for pictures of", skill: "Takes the skill", browse: "Reads the page" };

function counted(number, noun) {
  return number === 0 ? "nothing" : number === 1 ? `1 ${noun}` : `${number} ${noun}s`;
}

function sentence(step) {
  switch (step.step) {
    case "action":
      return `${DOING[step.action] || step.action}: ${step.detail.replaceAll("_", " ")}`;
    case "found":
      if (step.pictures.length) return `Found ${counted(step.pictures.length, "picture")}`;
      if (step.facts.length) return `Found ${counted(step.facts.reduce((sum, fact) => sum + fact.hits.length, 0), "passage")}`;
      if (step.tool === "image_search") return "Found no picture";
      return `Has read ${step.about.replaceAll("_", " ") || step.tool}`;
    case "program":
      return step.reference_images.length ? `Wrote the program, with ${step.reference_images.length} of the pictures` : "Wrote the program";
    case "picture":
      return `Drew picture ${step.round}`;
    case "no_picture":
      return `${step.refused ? "Was refused" : "Could not draw"} picture ${step.round}: ${step.message}`;
    case "program_verdict":
      return step.program_score.value == null ? "Nobody could check the program" : `Checked the program: ${shown(step.program_score.value)}`;
    case "review":
    case "verdict":
      return step.score ? `Checked picture ${step.round}: ${shown(step.score.kscore_renormalized)}` : `Nobody could check picture ${step.round}`;
    case "failed":
      return `The service ${step.service.replaceAll("_", " ")} failed: ${step.message}`;
    default:
      return step.message || step.step.replaceAll("_", " ");
  }
}

function Facts({ facts }) {
  return html`<details>
    <summary>What it read</summary>
    ${facts.map((fact) => html`<p><strong>${fact.query}</strong>${fact.error && html` <span class="bad">${fact.error}</span>`}</p>
      <ul>${fact.hits.map((hit) => html`<li><${Source} address=${hit.url}>${hit.title}<//>: ${hit.snippet}</li>`)}</ul>`)}
  </details>`;
}

function failures(step) {
  const judged = step.score || step.program_score || {};
  return (judged.diagnostics || []).filter((each) => !each.passed);
}

/** A call and what came of it are one step for people. */
function grouped(steps) {
  const groups = [];
  for (const step of steps) {
    if (step.step === "found" && groups.length && groups.at(-1).at(-1).step === "action") groups.at(-1).push(step);
    else groups.push([step]);
  }
  return groups;
}

function Found({ step }) {
  return html`
    <p><small>${sentence(step)}</small></p>
    ${step.facts.length > 0 && html`<${Facts} facts=${step.facts} />`}
    ${step.text && html`<details><summary>Its text</summary><pre>${step.text}</pre></details>`}
    ${step.pictures.length > 0 && html`<${Pictures} pictures=${step.pictures} />`}
  `;
}

function Written({ step }) {
  return html`
    <details><summary>The program</summary><p class="program">${step.gen_prompt}</p></details>
    ${step.reference_images.length > 0 && html`<${Pictures} pictures=${step.reference_images} />`}
  `;
}

function Drawn({ step }) {
  return html`
    <${Picture} address=${step.image} side=${192} title=${`Picture ${step.round}`} />
    ${step.notes.length > 0 && html`<ul>${step.notes.map((note) => html`<li>${note}</li>`)}</ul>`}
    ${step.credits.length > 0 && html`<small>With works of others: ${step.credits.join("; ")}</small>`}
  `;
}

const MORE = { found: Found, program: Written, picture: Drawn };
const TROUBLE = ["failed", "no_picture", "stopped"];

function Step({ group }) {
  const [step] = group;
  const failed = failures(step);
  return html`<li class="step">
    ${step.step !== "found" && html`<span class=${TROUBLE.includes(step.step) ? "bad" : ""}>${sentence(step)}</span>`}
    ${step.thought && html`<p class="thought">${step.thought}</p>`}
    ${group.filter((each) => MORE[each.step]).map((each) => html`<${MORE[each.step]} step=${each} />`)}
    ${failed.length > 0 && html`<ul class="failed">${failed.map((each) => html`<li>${each.requirement}</li>`)}</ul>`}
  </li>`;
}

/** {steps, whole, problem} of a generation, live; `whole` is null until its first reply. */
export function useFollowed(id) {
  const [state, setState] = useState({ steps: [], whole: null, problem: "" });
  useEffect(() => {
    let leave = () => {};
    let current = true;
    const change = (make) => current && setState(make);
    setState({ steps: [], whole: null, problem: "" });
    ask(`api/generations/${encodeURIComponent(id)}`).then(
      (whole) => {
        change({ steps: whole.steps, whole, problem: "" });
        if (!current || whole.result) return;
        leave = follow(whole.links.events, {
          onStep: (step, number) =>
            change((last) => ({ ...last, problem: "", steps: number > last.steps.length ? [...last.steps, step] : last.steps })),
          onEnd: (ended) => change({ steps: ended.steps, whole: ended, problem: "" }),
          onTrouble: (gone) => change((last) => ({ ...last, problem: gone ? "the server does not answer" : "connecting again …" })),
        });
      },
      (problem) => change({ steps: [], whole: null, problem: problem.message }),
    );
    return () => {
      current = false;
      leave();
    };
  }, [id]);
  return state;
}

function last(steps, kind) {
  return steps.findLast((step) => step.step === kind);
}

/** The verdict that counts: of the result, else of the last picture so far. */
export function verdictOf(whole, steps) {
  if (whole.result) return whole.result;
  return last(steps, "verdict") || last(steps, "review") || {};
}

export function programOf(whole, steps) {
  const program = whole.result ? whole.result.program : last(steps, "program");
  return program && program.gen_prompt ? program : null;
}

function Downloads({ whole }) {
  const kinds = { PNG: "image", JPEG: "jpeg", WebP: "webp" };
  for (const kind of whole.shapes || []) kinds[kind.toUpperCase()] = kind;
  const file = (kind) => `${whole.id}.${kind === "image" ? "png" : kind}`;
  return html`<p class="actions">
    ${Object.entries(kinds).map(([name, kind]) => html`<a class="button" href=${whole.links[kind]} download=${file(kind)}>Download ${name}</a>`)}
    <a href=${whole.links.page} target="_blank" rel="noopener">Whole story</a>
    <a href=${`#/gallery?with=${whole.id}`}>Compare with …</a>
  </p>`;
}

function state(whole, steps) {
  if (whole.state === "done") return whole.until === "program" ? "Done: the program alone was asked for" : "Done";
  if (whole.state === "stopped") return `It stands still: ${whole.problem}`;
  if (whole.error) return `There is no picture: ${whole.error}`;
  if (steps.length) return sentence(steps.at(-1));
  return whole.position > 1 ? `Waiting; ${whole.position - 1} before it` : "Waiting";
}

function Now({ whole, steps, problem }) {
  const [refused, setRefused] = useState("");
  const [ending, setEnding] = useState(false);
  const over = Boolean(whole.result) || whole.state === "stopped";
  const cancel = () => ask(`api/generations/${whole.id}`, { method: "DELETE" }).then(
    () => setEnding(true),
    (reason) => setRefused(reason.message),
  );
  return html`<div class="now">
    <p role="status" class=${over ? "" : "working"}>${problem || (ending && !over ? "Cancelled; the step under way ends first" : state(whole, steps))}</p>
    ${!over && !ending && html`<button type="button" class="quiet" onClick=${cancel}>Cancel</button>`}
    <${Problem} text=${refused} />
  </div>`;
}

function Before({ whole }) {
  const chain = (whole.result && whole.result.after) || [];
  if (!whole.after) return null;
  return html`<p>A change of ${chain.length > 0
    ? chain.map((each) => html`<a class="before" href=${`#/see/${each.id}`}><${Picture} address=${each.image} side=${192} title=${each.request} /></a>`)
    : html`<a href=${`#/see/${whole.after}`}>an earlier picture</a>`}</p>`;
}

/** The picture: the final one, else the newest round so far. */
function Shown({ whole, steps }) {
  const drawn = last(steps, "picture");
  const address = whole.links.image || (drawn && drawn.image);
  if (whole.until === "program") return null;
  if (!address) return html`<div class="blank" aria-hidden="true"></div>`;
  return html`<figure>
    <a href=${address} target="_blank" rel="noopener"><img src=${address} alt=${`Picture of: ${whole.request}`} /></a>
    ${!whole.links.image && html`<figcaption>Picture ${drawn.round}, so far</figcaption>`}
  </figure>`;
}

/** The page of one generation; `siblings` are those that were asked for with it. */
export function See({ id, siblings, health, go }) {
  const { steps, whole, problem } = useFollowed(id);
  if (!whole) return html`<${Problem} text=${problem} />${!problem && html`<p role="status">Opening …</p>`}`;
  const verdict = verdictOf(whole, steps);
  const program = programOf(whole, steps);
  return html`<article class="see">
    <h1 tabindex="-1"><${Marked} text=${whole.request} ledger=${ledgerOf(verdict)} /></h1>
    <${Before} whole=${whole} />
    <${Now} whole=${whole} steps=${steps} problem=${problem} />
    ${siblings.length > 1 && html`<${Siblings} ids=${siblings} id=${id} />`}
    <div class="two">
      <div>
        <${Shown} whole=${whole} steps=${steps} />
        ${whole.links.image && html`<${Downloads} whole=${whole} />`}
        <p><small>${whole.profile}, ${whole.size.join(" × ")} pixels, seed ${whole.seed}${whole.references.length > 0 && `, after ${whole.references.join(", ")}`}</small></p>
        ${(verdict.score || verdict.unscored) && whole.until !== "program" && html`<section aria-labelledby="verdict"><h2 id="verdict">Verdict</h2><${Verdict} judgement=${verdict} /></section>`}
        ${program && html`<section aria-labelledby="program"><h2 id="program">Program</h2><${Program} program=${program} /></section>`}
      </div>
      <section aria-labelledby="steps">
        <h2 id="steps">Steps</h2>
        <ol class="steps">${grouped(steps).map((group, place) => html`<${Step} key=${place} group=${group} />`)}</ol>
      </section>
    </div>
    ${whole.links.image && html`<section aria-labelledby="change"><h2 id="change">Change it</h2>
      <${Ask} health=${health} after=${id} onTaken=${(taken) => go(taken)} /></section>`}
  </article>`;
}

/** The pictures of one request: each as far as it is. */
function Siblings({ ids, id }) {
  const [known, setKnown] = useState({});
  useEffect(() => {
    let current = true;
    const look = async () => {
      while (current) {
        const open = ids.filter((each) => !(known[each] && known[each].result));
        for (const each of open) known[each] = await ask(`api/generations/${each}`);
        if (current) setKnown({ ...known });
        if (ids.every((each) => known[each].result || known[each].state === "stopped")) return;
        await new Promise((resolve) => setTimeout(resolve, 2000));
      }
    };
    look().catch(() => {});
    return () => {
      current = false;
    };
  }, [ids.join()]);
  return html`<nav aria-label="Pictures of this request"><ul class="siblings">
    ${ids.map((each, place) => {
      const whole = known[each];
      return html`<li key=${each}><a href=${`#/see/${ids.join(",")}/${place + 1}`} aria-current=${each === id ? "page" : null}>
        ${whole && whole.links.image ? html`<img src=${small(whole.links.image, 192)} alt="" />` : html`<span class="blank"></span>`}
        <span>${place + 1}: ${whole ? outcome(whole) : "…"}</span>
      </a></li>`;
    })}
  </ul></nav>`;
}
