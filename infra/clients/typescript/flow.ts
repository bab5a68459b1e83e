// Goes through the first flow with the types that openapi-typescript makes of openapi.yaml: node flow.js BASE, of a local stack.
import assert from "node:assert/strict";
import createClient, { type Client } from "openapi-fetch";
import type { components, paths } from "./prism.js";

type Problem = components["schemas"]["Problem"];
type Media = "application/json" | "application/problem+json"; // lists come as CSV as well
type Prism = Client<paths, Media>;

const inviter = "ts-inviter@example.com";
const invitee = "ts-invitee@example.com";
const stranger = "ts-stranger@example.com";
const patience = 10_000; // ms for the mail, which a subscriber of the bus sends

const base = process.argv[2];
assert(base, "usage: node flow.js BASE");

/** A client of somebody, who is signed up if they are new; of nobody without an address. */
async function clientOf(email?: string): Promise<Prism> {
  if (!email) return createClient<paths, Media>({ baseUrl: `${base}/v1` });
  const answer = await fetch(`${base}/dev/token`, { method: "POST", body: JSON.stringify({ email }) });
  const { access_token } = (await answer.json()) as { access_token: string };
  return createClient<paths, Media>({ baseUrl: `${base}/v1`, headers: { Authorization: `Bearer ${access_token}` } });
}

/** Waits for the mail to somebody and returns the token of its link. */
async function tokenOfMail(email: string): Promise<string> {
  for (const deadline = Date.now() + patience; Date.now() < deadline; ) {
    const answer = await fetch(`${base}/dev/mail.json`);
    const box = (await answer.json()) as { items: { to: string[]; text: string }[] };
    const token = box.items.find((mail) => mail.to.includes(email))?.text.match(/\/invitations\/accept\/([\w-]+)/)?.[1];
    if (token) return token;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(`no mail to ${email} in the mailbox`);
}

/** Returns an error of an operation, as opposed to one of the gateway. */
function problem(error: Problem | components["schemas"]["GatewayMessage"] | undefined): Problem {
  assert(error && "code" in error, `no problem: ${JSON.stringify(error)}`);
  return error;
}

const ada = await clientOf(inviter);
const organization = await ada.POST("/organizations", { body: { name: "TypeScript client" } });
assert(organization.data, JSON.stringify(organization.error));
const o = organization.data.id;

const brand = await ada.POST("/organizations/{o}/brands", { params: { path: { o } }, body: { name: "Globex" } });
assert(brand.data, JSON.stringify(brand.error));
const b = brand.data.id;

const invited = await ada.POST("/organizations/{o}/invitations", {
  params: { path: { o } },
  body: { invitees: [{ email: invitee }], role: "member", brands: [b], brand_role: "publisher" },
});
assert(invited.data, JSON.stringify(invited.error));
assert.equal(invited.data.results[0]?.outcome, "invited");

const token = await tokenOfMail(invitee);
const nobody = await clientOf();
const preview = await nobody.GET("/invitations/{token}", { params: { path: { token } } });
assert.equal(preview.data?.status, "pending");

const grace = await clientOf(invitee);
const accepted = await grace.POST("/invitations/{token}/accept", { params: { path: { token } } });
assert(accepted.data, JSON.stringify(accepted.error));

const members = await ada.GET("/organizations/{o}/members", { params: { path: { o } } });
assert(members.data, JSON.stringify(members.error));
assert.equal(members.data.items.length, 2);
assert.equal(members.data.next_cursor, null);
const joined = members.data.items.find((member) => member.user.email === invitee);
assert.equal(joined?.role, "member");
assert.equal(joined.brands?.[0]?.role, "publisher");

for (const [permission, allowed] of [["publish", true], ["manage_users", false]] as const) {
  const answer = await grace.POST("/access/check", { body: { scope: `organizations/${o}/brands/${b}`, permission } });
  assert(answer.data && "allowed" in answer.data, JSON.stringify(answer.error));
  assert.equal(answer.data.allowed, allowed);
  assert.equal(answer.data.missing, allowed ? undefined : permission);
}

const eve = await clientOf(stranger);
const invalid = await eve.POST("/organizations", { body: { name: "" } });
assert.equal(problem(invalid.error).errors?.[0]?.pointer, "/name");
const foreign = await eve.GET("/organizations/{o}", { params: { path: { o } } });
assert.equal(problem(foreign.error).code, "not_found");
const taken = await eve.POST("/invitations/{token}/accept", { params: { path: { token } } });
assert.equal(problem(taken.error).code, "invitation_accepted");
const unknown = await nobody.GET("/me");
assert(unknown.error && "message" in unknown.error);
assert.equal(unknown.error.message, "Unauthorized");
