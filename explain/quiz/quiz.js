"use strict";
// The quiz: a welcome, then question and verdict in turns, then the score.  All that it knows is in `quiz`, all that
// happened is in `guesses`; whatever is on the screen follows from the two.

const element = id => document.getElementById(id);
const quiz = JSON.parse(element("data").textContent);
const CHANCE = 1 / quiz.classes.length, ONE_OF_THOSE_THERE = 1 / quiz.objects;
const Z = 1.959963984540054;  // 95% of a bell curve lie within so many standard deviations
let guesses = [];  // a class for each question that was answered, in order
let number = 0;  // of the question on the screen

const percent = share => `${Math.round(100 * share)}%`;
const nameOf = shape => quiz.classes[shape].name;

/** Wilson's interval for a share of `right` out of `n`: it keeps its word also for few answers, all right or all wrong. */
function wilson(right, n) {
  const p = right / n, extra = Z * Z / n;
  const half = Z * Math.sqrt(p * (1 - p) / n + extra / (4 * n));
  const ends = [-1, 1].map(side => (p + extra / 2 + side * half) / (1 + extra));
  return [Math.max(0, ends[0]), Math.min(1, ends[1])];
}

function make(tag, className = "", text = "") {
  const made = document.createElement(tag);
  made.className = className;
  made.textContent = text;
  return made;
}

function pictureOf(shape) {
  const made = make("img");
  made.src = shape.icon;
  made.alt = "";
  return made;
}

function show(id) {
  for (const section of document.querySelectorAll("main > section")) section.hidden = section.id !== id;
}

// --- asking

function begin() {
  guesses = [];
  number = 0;
  show("asking");
  ask();
}

function ask() {
  const question = quiz.questions[number];
  element("asking").classList.remove("answered");
  element("number").textContent = `Question ${number + 1} of ${quiz.questions.length}`;
  element("progress").max = quiz.questions.length;
  element("progress").value = number;
  element("map").src = question.map;
  element("map").alt = "A heat map; what it shows has to be seen.";
  element("picture").hidden = true;
  element("whose").textContent = "the picture, after your guess";
  element("verdict").className = "";
  element("verdict").textContent = "What did the network say?";
  element("next").hidden = true;
  element("stop").hidden = number === 0;
  for (const button of answers()) {
    button.disabled = false;
    button.classList.remove("said", "missed");
    button.querySelector(".mark").textContent = "";
  }
  element("number").focus();
}

function answer(guess) {
  const question = quiz.questions[number], right = guess === question.said;
  guesses.push(guess);
  element("asking").classList.add("answered");
  element("picture").src = question.picture;
  element("picture").alt = described(question);
  element("picture").hidden = false;
  element("whose").textContent = "the picture; outlined, what the network said";
  element("verdict").className = right ? "right" : "wrong";
  element("verdict").textContent = verdict(question, guess);
  element("progress").value = guesses.length;
  element("next").textContent = guesses.length < quiz.questions.length ? "Next" : "My score";
  element("next").hidden = element("stop").hidden = false;
  element("next").focus();
  for (const [i, button] of answers().entries()) {
    button.disabled = true;
    button.classList.toggle("said", i === question.said);
    button.classList.toggle("missed", i === guess && !right);
    button.querySelector(".mark").textContent = i === question.said ? "✓" : i === guess ? "✗" : "";
  }
}

function verdict(question, guess) {
  const named = `the network said ${nameOf(question.said)} (${percent(question.p)} sure)`;
  const wrongly = question.there.includes(question.said) ? "" : ", which is not there";
  const blind = quiz.methods.find(method => method.name === question.method).baseline;
  const truth = `In the picture: ${question.there.map(nameOf).join(" and ")}. The method of the map: ${question.method}`
    + (blind ? ", which never saw the network." : ".");
  return (guess === question.said ? `Right: ${named}` : `You guessed ${nameOf(guess)}, but ${named}`)
    + `${wrongly}. ${truth}`;
}

function described(question) {
  const outlined = question.there.includes(question.said) ? `; the ${nameOf(question.said)} is outlined` : "";
  return `The picture: ${question.there.map(nameOf).join(" and ")}${outlined}`;
}

function proceed() {
  number = guesses.length;
  if (number < quiz.questions.length) ask(); else finish();
}

// --- the score

function tally(methods) {
  const asked = quiz.questions.slice(0, guesses.length).map((question, i) => ({...question, guess: guesses[i]}))
    .filter(question => methods.includes(question.method));
  return {n: asked.length, right: asked.filter(question => question.guess === question.said).length};
}

function finish() {
  const rows = quiz.methods.map(method => ({...method, ...tally([method.name])})).filter(row => row.n);
  rows.sort((a, b) => b.right / b.n - a.right / a.n);
  const all = {name: "all of them", ...tally(quiz.methods.map(method => method.name))};
  element("scores").replaceChildren(...[...rows, all].map(scoreRow));
  element("summary").textContent = `You guessed ${all.right} of ${all.n}. By chance it would be about `
    + `${(all.n * CHANCE).toFixed(1)}, one in ${quiz.classes.length}.`;
  element("meaning").textContent = meaning(rows);
  save();
  show("result");
  element("score").focus();
}

function scoreRow(row) {
  const made = make("tr"), title = make("th", "", row.name + (row.baseline ? " (never saw the net)" : ""));
  const [low, high] = wilson(row.right, row.n);
  title.scope = "row";
  const drawn = make("td");
  drawn.ariaHidden = "true";
  drawn.append(bar(row.right / row.n, low, high));
  made.append(title, make("td", "", `${row.right} of ${row.n}`), make("td", "", percent(row.right / row.n)),
              make("td", "", `${percent(low)} to ${percent(high)}`), drawn, make("td", "", told(low)));
  return made;
}

function bar(share, low, high) {
  const made = make("div", "bar");
  const places = {axis: null, "level chance": CHANCE, "level half": ONE_OF_THOSE_THERE, range: low, dot: share};
  for (const [name, place] of Object.entries(places)) {
    const mark = make("i", name);
    if (place !== null) mark.style.left = `${100 * place}%`;
    if (name === "range") mark.style.right = `${100 * (1 - high)}%`;
    made.append(mark);
  }
  return made;
}

function told(low) {
  if (low > ONE_OF_THOSE_THERE) return "which object it was";
  return low > CHANCE ? "something about the picture" : "nothing, for all we can tell";
}

function meaning(rows) {
  const share = row => row.right / row.n;
  const best = rows.find(row => !row.baseline), blind = rows.find(row => row.baseline);
  let text = "";
  if (best && blind) {
    text = share(blind) >= share(best)
      ? `Maps by ${blind.name}, which never saw the network, served you as well as those by ${best.name}: with these you `
        + "read the picture, not the network. "
      : `The best of the maps that never saw the network, ${blind.name}, helped you less than those by ${best.name}. `;
  }
  return text + "This is a direct evaluation: it asks whether a map tells a person what the network says. A map may be "
    + "true to the network and tell you little, as one that shows a place but no shape; or tell you much and be untrue. "
    + "That is what the other two kinds of evaluation are for. Where two intervals overlap widely, ask more questions "
    + "(--n), or more people, before you prefer one method.";
}

function save() {
  const lines = quiz.questions.slice(0, guesses.length).map((question, i) =>
    [quiz.seed, i + 1, question.method, nameOf(question.said), nameOf(guesses[i]), +(guesses[i] === question.said)]);
  const text = [["seed", "question", "method", "said", "guessed", "right"], ...lines].map(line => line.join(",") + "\n");
  if (element("save").href) URL.revokeObjectURL(element("save").href);
  element("save").href = URL.createObjectURL(new Blob(text, {type: "text/csv"}));
  element("save").download = `quiz-${quiz.seed}.csv`;
}

// --- the controls

const answers = () => [...element("answers").children];

for (const [i, shape] of quiz.classes.entries()) {
  const button = make("button"), shown = make("li"), key = (i + 1) % 10;
  shown.append(pictureOf(shape), make("span", "", shape.name));
  element("shapes").append(shown);
  button.append(pictureOf(shape), make("span", "", shape.name), make("span", "mark"));
  if (i < 10) {
    button.querySelector(".mark").before(make("kbd", "", key));
    button.setAttribute("aria-keyshortcuts", key);
  }
  button.addEventListener("click", () => answer(i));
  element("answers").append(button);
}

const STEPS = {ArrowRight: () => 1, ArrowLeft: () => -1, ArrowDown: columns => columns, ArrowUp: columns => -columns};

document.addEventListener("keydown", event => {
  const buttons = answers();
  if (element("asking").hidden || buttons[0].disabled) return;
  if (event.ctrlKey || event.altKey || event.metaKey || event.repeat && !(event.key in STEPS)) return;
  const pressed = buttons.find(button => button.getAttribute("aria-keyshortcuts") === event.key);
  if (pressed) pressed.click();
  if (!(event.key in STEPS)) return;
  event.preventDefault();
  const columns = buttons.filter(button => button.offsetTop === buttons[0].offsetTop).length;
  const here = buttons.indexOf(document.activeElement), step = STEPS[event.key](columns);
  buttons[here < 0 ? 0 : (here + step + buttons.length) % buttons.length].focus();
});

element("start").addEventListener("click", begin);
element("again").addEventListener("click", begin);
element("next").addEventListener("click", proceed);
element("stop").addEventListener("click", finish);
