// What was made: searched, opened, and two of them side by side.

import { html, useEffect, useState } from "./preact.js";
import { ask } from "./api.js";
import { Marked, Picture, Problem, Program, Verdict, ledgerOf, outcome, useAsked } from "./parts.js";

const PAGE = 24;

/** The generations that hold all `words`, the newest first, page by page. */
function useFound(words) {
  const [state, setState] = useState({ found: [], next: null, problem: "", busy: true });
  const load = async (before, earlier) => {
    const query = new URLSearchParams({ limit: PAGE, ...(words ? { q: words } : {}), ...(before ? { before } : {}) });
    const page = await ask(`api/generations?${query}`);
    return { found: [...earlier, ...page.generations], next: page.next, problem: "", busy: false };
  };
  useEffect(() => {
    let current = true;
    const begin = setTimeout(() => {
      load(null, []).then(
        (found) => current && setState(found),
        (problem) => current && setState({ found: [], next: null, problem: problem.message, busy: false }),
      );
    }, words ? 200 : 0);
    return () => {
      current = false;
      clearTimeout(begin);
    };
  }, [words]);
  const more = () => load(state.next, state.found).then(setState, (problem) => setState({ ...state, problem: problem.message }));
  return [state, more];
}

export function Card({ each, children }) {
  return html`<li class="card">
    <a href=${`#/see/${each.id}`}>
      ${each.links.image ? html`<${Picture} address=${each.links.image} side=${384} title="" />` : html`<span class="blank"></span>`}
      <span class="text">${each.request}</span>
    </a>
    <small>${outcome(each)}</small>
    ${children}
  </li>`;
}

/** All generations; two that are marked can be compared. `first` is one that is marked from the start. */
export function Gallery({ first }) {
  const [words, setWords] = useState("");
  const [chosen, setChosen] = useState(first ? [first] : []);
  const [{ found, next, problem, busy }, more] = useFound(words);
  const mark = (id) => setChosen(chosen.includes(id) ? chosen.filter((each) => each !== id) : [...chosen, id].slice(-2));
  return html`<section>
    <h1 tabindex="-1">Gallery</h1>
    <label class="search">Search the requests <input type="search" value=${words} onInput=${(event) => setWords(event.target.value)} /></label>
    <p role="status">${busy ? "Searching …" : `${found.length}${next ? " and more" : ""} found`}</p>
    <${Problem} text=${problem} />
    <p class="compare-bar">${chosen.length === 2
      ? html`<a class="button" href=${`#/compare/${chosen.join("/")}`}>Compare the two</a>`
      : html`<small>Mark two to compare them${chosen.length ? "; one is marked" : ""}.</small>`}</p>
    <ul class="grid">
      ${found.map((each) => html`<${Card} key=${each.id} each=${each}>
        <label class="mark"><input type="checkbox" checked=${chosen.includes(each.id)} onChange=${() => mark(each.id)}
          aria-label=${`Compare: ${each.request.slice(0, 80)}`} /> compare</label>
      <//>`)}
    </ul>
    ${next && html`<button type="button" onClick=${more}>More</button>`}
  </section>`;
}

function Side({ whole, name }) {
  const result = whole.result || {};
  return html`<section aria-labelledby=${name} class="side">
    <h2 id=${name}><a href=${`#/see/${whole.id}`}><${Marked} text=${whole.request} ledger=${ledgerOf(result)} /></a></h2>
    ${whole.links.image ? html`<${Picture} address=${whole.links.image} title=${`Picture of: ${whole.request}`} />` : html`<p>${outcome(whole)}</p>`}
    <p><small>${whole.profile}, ${whole.size.join(" × ")} pixels, seed ${whole.seed}</small></p>
    <h3>Verdict</h3>
    <${Verdict} judgement=${result} />
    ${result.program && html`<h3>Program</h3><${Program} program=${result.program} />`}
  </section>`;
}

export function Compare({ left, right }) {
  const [one, first] = useAsked(`api/generations/${encodeURIComponent(left)}`);
  const [other, second] = useAsked(`api/generations/${encodeURIComponent(right)}`);
  return html`<div>
    <h1 tabindex="-1">Two compared</h1>
    <${Problem} text=${first || second} />
    <div class="two">
      ${one && html`<${Side} whole=${one} name="left" />`}
      ${other && html`<${Side} whole=${other} name="right" />`}
    </div>
  </div>`;
}

/** The newest few. */
export function Lately() {
  const [listed, problem] = useAsked("api/generations?limit=8");
  if (problem) return html`<${Problem} text=${problem} />`;
  if (!listed || !listed.generations.length) return null;
  return html`<section aria-labelledby="lately">
    <h2 id="lately">Made lately</h2>
    <ul class="grid">${listed.generations.map((each) => html`<${Card} key=${each.id} each=${each} />`)}</ul>
  </section>`;
}
