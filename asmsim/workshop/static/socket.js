// One WebSocket: the newest request wins, each frame is acknowledged once drawn, and a lost server is found again.

export class Connection {
  /** hear: {frame(message), error(message), up(), down()}; `token()` gives the newest token. */
  constructor(token, hear) {
    this.token = token;
    this.hear = hear;
    this.id = 0;
    this.running = null;
    this.waiting = new Map();
    this.delay = 300;
    this.open();
  }

  open() {
    clearTimeout(this.timer);
    const scheme = location.protocol === "https:" ? "wss" : "ws";
    const socket = (this.socket = new WebSocket(`${scheme}://${location.host}/socket?token=${encodeURIComponent(this.token())}`));
    socket.onopen = () => {
      this.delay = 300;
      this.hear.up();
      if (this.running) this.send(this.running);
    };
    socket.onmessage = (event) => this.receive(JSON.parse(event.data));
    socket.onclose = () => {
      if (this.socket !== socket) return;
      for (const { reject } of this.waiting.values()) reject(new Error("closed"));
      this.waiting.clear();
      this.hear.down();
      this.timer = setTimeout(() => this.open(), this.delay);
      this.delay = Math.min(2000, this.delay * 1.5);
    };
  }

  send(message) {
    if (this.socket.readyState !== WebSocket.OPEN) return false;
    this.socket.send(JSON.stringify(message));
    return true;
  }

  /** Ask for the runs of a state; what was asked before is forgotten. */
  run(state, runs) {
    this.running = { type: "run", id: ++this.id, state, runs };
    this.send(this.running);
    return this.id;
  }

  /** Forget the pending run: its frames are no longer of interest. */
  forget() {
    this.running = null;
  }

  /** A question with one answer. */
  ask(type, fields) {
    const id = ++this.id;
    return new Promise((resolve, reject) => {
      if (!this.send({ type, id, ...fields })) reject(new Error("closed"));
      else this.waiting.set(id, { resolve, reject });
    });
  }

  receive(message) {
    if (message.type === "frame") {
      if (message.id === this.running?.id) this.hear.frame(message);
      requestAnimationFrame(() => this.send({ type: "ack", id: message.id, frame: message.frame }));
      return;
    }
    const asked = this.waiting.get(message.id);
    this.waiting.delete(message.id);
    if (message.type === "error") {
      asked?.reject(new Error(message.text));
      if (!asked && (message.id === undefined || message.id === this.running?.id)) this.hear.error(message);
      return;
    }
    asked?.resolve(message);
  }
}
