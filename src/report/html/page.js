// What the page can do beyond being read: sort, search, open all, judge. Everything is there without it.
(() => {
  "use strict";
  const make = (name, text, attributes = {}) => {
    const element = document.createElement(name);
    if (text) element.textContent = text;
    for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
    return element;
  };

  // A cell's value: its own data-v, or its words; numbers compare as numbers.
  const value = (row, place) => {
    const cell = row.cells[place];
    const said = cell ? cell.dataset.v ?? cell.textContent.trim() : "";
    const number = Number(said.replace(/[,\s%]/g, ""));
    return said !== "" && Number.isFinite(number) ? number : said;
  };
  const compare = (p, q) =>
    typeof p === "number" && typeof q === "number" ? p - q
      : typeof p === "number" ? -1 : typeof q === "number" ? 1 : p.localeCompare(q);

  for (const table of document.querySelectorAll("table.sortable")) {
    [...table.tHead.rows[0].cells].forEach((head, place) => {
      const button = make("button", head.textContent, { type: "button" });
      head.replaceChildren(button);
      button.addEventListener("click", () => {
        const falls = head.getAttribute("aria-sort") === (head.classList.contains("n") ? "descending" : "ascending");
        const descending = head.classList.contains("n") !== falls;
        for (const other of table.tHead.rows[0].cells) other.removeAttribute("aria-sort");
        head.setAttribute("aria-sort", descending ? "descending" : "ascending");
        const body = table.tBodies[0];
        const rows = [...body.rows].map((row) => [value(row, place), row]);
        rows.sort((p, q) => (descending ? compare(q[0], p[0]) : compare(p[0], q[0])));
        body.append(...rows.map((row) => row[1]));
      });
    });
  }

  // Search: hides rows and cards of its section that lack one of the words.
  for (const tools of document.querySelectorAll(".tools[data-search]")) {
    const scope = tools.parentElement;
    const label = make("label", tools.dataset.search + " ");
    const input = make("input", "", { type: "search" });
    const said = make("span", "", { class: "fine", role: "status" });
    label.append(input);
    tools.append(label, said);
    const items = () => [...scope.querySelectorAll("table.searched > tbody > tr, article.set, .list > details")];
    let texts = null;
    let waiting = 0;
    input.addEventListener("input", () => {
      clearTimeout(waiting);
      waiting = setTimeout(() => {
        texts ??= new Map(items().map((item) => [item, item.textContent.toLowerCase()]));
        const words = input.value.toLowerCase().split(/\s+/).filter(Boolean);
        let shown = 0;
        for (const [item, text] of texts) {
          item.hidden = !words.every((word) => text.includes(word));
          shown += item.hidden ? 0 : 1;
        }
        said.textContent = words.length ? shown + " of " + texts.size + " shown" : "";
      }, 120);
    });
    if (scope.querySelector("details")) {
      const all = make("button", "Open all", { type: "button" });
      let open = false;
      all.addEventListener("click", () => {
        open = !open;
        for (const details of scope.querySelectorAll("details")) {
          if (!details.hidden && !details.closest("[hidden]")) details.open = open;
        }
        all.textContent = open ? "Close all" : "Open all";
      });
      tools.append(all);
    }
    tools.hidden = false;
  }

  // A link to something folded away opens what it is folded into.
  const reveal = () => {
    const target = location.hash.length > 1 && document.getElementById(decodeURIComponent(location.hash.slice(1)));
    if (!target) return;
    for (let at = target; at; at = at.parentElement) if (at.tagName === "DETAILS") at.open = true;
    target.querySelector(":scope > details")?.setAttribute("open", "");
    target.scrollIntoView();
  };
  addEventListener("hashchange", reveal);
  reveal();

  // Judging: a choice for each pair, and a file of them.
  const quoted = (text) => (/[",\r\n]/.test(text) ? '"' + text.replaceAll('"', '""') + '"' : text);
  for (const tools of document.querySelectorAll(".tools[data-judge]")) {
    const rows = [...tools.parentElement.querySelectorAll("tr[data-a]")];
    rows.forEach((row, place) => {
      const set = make("fieldset");
      for (const [word, name] of [["yes", "yes"], ["no", "no"]]) {
        const label = make("label");
        const input = make("input", "", { type: "radio", name: "judge-" + row.dataset.q + "-" + place, value: word });
        label.append(input, " " + name);
        set.append(label);
        input.setAttribute("aria-label", row.dataset.q + ": " + name + ", row " + (place + 1));
      }
      row.lastElementChild.replaceChildren(set);
    });
    const button = make("button", "Download judgements", { type: "button" });
    const said = make("span", "", { class: "fine", role: "status" });
    button.addEventListener("click", () => {
      const lines = ["a,b,decision,value,line,decided,judgement"];
      for (const row of rows) {
        const chosen = row.querySelector("input:checked");
        const d = row.dataset;
        if (chosen) lines.push([d.a, d.b, d.q, d.value, d.line, d.decided, chosen.value].map(quoted).join(","));
      }
      const url = URL.createObjectURL(new Blob([lines.join("\n") + "\n"], { type: "text/csv" }));
      make("a", "", { href: url, download: "judgements.csv" }).click();
      setTimeout(() => URL.revokeObjectURL(url), 1000);
      said.textContent = lines.length - 1 + " of " + rows.length + " pairs judged";
    });
    tools.append(button, said);
    tools.hidden = false;
  }
})();
