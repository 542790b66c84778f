// The order of search results: terms, symbols and claims come before everything else.
// Sphinx puts this file into language_data.js; the numbers not explained are its own.
const asked = new URLSearchParams(location.search).get("q")?.trim().toLowerCase();
var Scorer = {
  objNameMatch: 1000, // the whole name
  objPartialMatch: 6,
  objPrio: { 0: 200, 1: 100, 2: -5 }, // terms and symbols; claims; nothing
  objPrioDefault: 0,
  title: 15,
  partialTitle: 7,
  term: 5,
  partialTerm: 2,
  // The index has the terms and symbols too, without their names: these become their page's result.
  score(result) {
    const [, name, anchor, description, score] = result;
    if (description && name.toLowerCase() === asked) return score + Scorer.objNameMatch;
    if (description || !/^#(term|symbol)-/.test(anchor)) return score;
    result[2] = "";
    return Scorer.term;
  },
};

// An entry of the index has no text, so no excerpt: Sphinx would append null.
addEventListener("DOMContentLoaded", () => {
  const summary = Search.makeSearchSummary;
  Search.makeSearchSummary = (...about) => summary(...about) ?? new Text();
});

// From file:// a page may not read the others, so results come without an excerpt there.
if (location.protocol === "file:") DOCUMENTATION_OPTIONS.SHOW_SEARCH_SUMMARY = false;
