// What several views share: data that is fetched, pictures, the request with its words marked, the verdict, the program.

import { html, useCallback, useEffect, useState } from "./preact.js";
import { ask, small } from "./api.js";

/** [the reply of `path`, or null; what went wrong; a function that asks again]. */
export function useAsked(path) {
  const [state, setState] = useState({ value: null, problem: "" });
  const [turn, setTurn] = useState(0);
  useEffect(() => {
    let current = true;
    ask(path).then(
      (value) => current && setState({ value, problem: "" }),
      (problem) => current && setState({ value: null, problem: problem.message }),
    );
    return () => {
      current = false;
    };
  }, [path, turn]);
  return [state.value, state.problem, useCallback(() => setTurn((last) => last + 1), [])];
}

export function Problem({ text }) {
  return text ? html`<p class="problem" role="alert">${text}</p>` : null;
}

export function Picture({ address, side, title }) {
  return html`<img src=${side ? small(address, side) : address} alt=${title} loading="lazy" decoding="async" />`;
}

/** A link to a page of the web; anything else that a search or a model calls an address stays text. */
export function Source({ address, children }) {
  if (!/^https?:\/\//i.test(address || "")) return html`<span>${children}</span>`;
  return html`<a href=${address} target="_blank" rel="noreferrer noopener">${children}</a>`;
}

/** Pictures that were found or chosen: [{title, note?, source, licence, image, page_url}]. */
export function Pictures({ pictures, side = 192 }) {
  return html`<ul class="pictures">
    ${pictures.map(
      (each) => html`<li key=${each.img_id}>
        ${each.image && html`<${Picture} address=${each.image} side=${side} title=${each.title || ""} />`}
        <div>
          <${Source} address=${each.page_url || each.url}>${each.title || each.img_id}<//>
          ${each.note && html`<div>${each.note}</div>`}
          <small>${[each.source, each.licence].filter(Boolean).join(", ")}</small>
        </div>
      </li>`,
    )}
  </ul>`;
}

const LOST = ["not understood", "not possible here"];

const bare = (words) => words.replace(/[\s"'“”‘’„«»]/g, "");

/** What became of the words of the request, by the judge; empty where it does not say. */
export function ledgerOf(judgement) {
  return (judgement.score || judgement.unscored || {}).ledger || [];
}

/**
 * The request as text, each word that the judge's ledger knows marked by what became of it. Offsets count characters. Of a
 * change, judges read one text made of all requests before it; entries that lie elsewhere in it are told by `Words` alone.
 */
export function Marked({ text, ledger }) {
  const characters = Array.from(text);
  const parts = [];
  let at = 0;
  for (const entry of ledger) {
    const words = characters.slice(entry.start, entry.end).join("");
    if (entry.start < at || bare(words) !== bare(entry.words)) continue;
    parts.push(characters.slice(at, entry.start).join(""));
    const told = entry.becomes ? `${entry.fate}: ${entry.becomes}` : entry.fate;
    parts.push(html`<mark class=${entry.fate.replaceAll(" ", "-")} title=${told}>${words}</mark>`);
    at = entry.end;
  }
  parts.push(characters.slice(at).join(""));
  return html`<span class="marked">${parts}</span>`;
}

/** The same for those who cannot see or hover: each word with what became of it. */
export function Words({ ledger }) {
  return html`<details>
    <summary>What became of each word</summary>
    <table>
      <thead><tr><th scope="col">Words</th><th scope="col">What became of them</th></tr></thead>
      <tbody>
        ${ledger.map(
          (entry) => html`<tr>
            <th scope="row">${entry.words}</th>
            <td><span class=${LOST.includes(entry.fate) ? "bad" : ""}>${entry.fate}</span>${entry.becomes && `: ${entry.becomes}`}</td>
          </tr>`,
        )}
      </tbody>
    </table>
  </details>`;
}

export function shown(number) {
  return number == null ? "–" : number.toFixed(2);
}

function Requirements({ diagnostics }) {
  const failed = diagnostics.filter((each) => !each.passed);
  const passed = diagnostics.filter((each) => each.passed);
  const line = (each) => html`<li>${each.requirement}${each.detail && html` <small>${each.detail}</small>`}</li>`;
  return html`
    ${failed.length > 0 && html`<p class="bad">Failed</p><ul class="failed">${failed.map(line)}</ul>`}
    ${passed.length > 0 && html`<details><summary>${passed.length} passed</summary><ul class="passed">${passed.map(line)}</ul></details>`}
  `;
}

/** The verdict on a picture, as a result or a step has it: a score, or why there is none. */
export function Verdict({ judgement }) {
  const { score, unscored } = judgement;
  const ledger = ledgerOf(judgement);
  const words = ledger.length > 0 && html`<${Words} ledger=${ledger} />`;
  if (!score) return unscored ? html`<p>Nobody could judge it: ${unscored.reason}</p>${words}` : null;
  const marks = { faithful: "faithfulness", "looks right": "visual_correctness", text: "text_accuracy", beauty: "aesthetics" };
  return html`<div class="verdict">
    <p><strong class="score">${shown(score.kscore_renormalized)}</strong> <small>of 1, by ${score.judge}</small></p>
    <dl>
      ${Object.entries(marks).map(([name, key]) => html`<div><dt>${name}</dt><dd>${shown(score[key])}</dd></div>`)}
    </dl>
    ${score.rationale && html`<p>${score.rationale}</p>`}
    <${Requirements} diagnostics=${score.diagnostics} />
    ${words}
  </div>`;
}

async function copied(text) {
  if (navigator.clipboard) return navigator.clipboard.writeText(text);
  const area = document.createElement("textarea"); // where the page is not served by TLS or from this machine
  area.value = text;
  document.body.append(area);
  area.select();
  const done = document.execCommand("copy");
  area.remove();
  if (!done) throw new Error("the browser does not allow it");
  return undefined;
}

/** The program of a picture, to read and to copy. */
export function Program({ program }) {
  const [told, setTold] = useState("");
  const copy = () => copied(program.gen_prompt).then(() => setTold("copied"), (problem) => setTold(`not copied: ${problem.message}`));
  return html`<div>
    <p class="program">${program.gen_prompt}</p>
    <button type="button" class="quiet" onClick=${copy}>Copy the program</button> <span role="status">${told}</span>
  </div>`;
}

const STATES = { queued: "waiting", running: "being made", stopped: "stands still", failed: "failed" };

/** How far a generation is, or how good it came out. */
export function outcome(each) {
  if (each.state !== "done") return each.error || each.problem || STATES[each.state];
  if (each.until === "program") return "a program alone";
  return each.kscore == null ? "not judged" : `score ${shown(each.kscore)}`;
}
