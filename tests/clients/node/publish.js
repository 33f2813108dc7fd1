// Publish one planned run with azure-devops-node-api; what it saw goes to standard output as JSON.
const azdev = require("azure-devops-node-api");

const text = async (stream) => {
  const pieces = [];
  for await (const piece of stream) pieces.push(piece);
  return Buffer.concat(pieces).toString();
};

async function main() {
  const handler = azdev.getPersonalAccessTokenHandler(process.env.ADO_TOKEN);
  const connection = new azdev.WebApi(process.env.ADO_URL, handler);
  const [core, plans, test, builds, work] = await Promise.all([
    connection.getCoreApi(),
    connection.getTestPlanApi(),
    connection.getTestApi(),
    connection.getBuildApi(),
    connection.getWorkItemTrackingApi(),
  ]);
  const seen = {
    user: (await connection.connect()).authenticatedUser.providerDisplayName,
    projects: (await core.getProjects()).map((project) => project.name).sort(),
    plans: (await plans.getTestPlans("Shop")).map((plan) => plan.name),
    suites: (await plans.getTestSuitesForPlan("Shop", 10)).map((suite) => suite.name),
    configurations: (await plans.getTestConfigurations("Shop")).map((item) => item.name),
    cases: (await plans.getTestCaseList("Shop", 10, 12)).map((item) => item.workItem.id).sort(),
    build: (await builds.getBuilds("Shop", undefined, undefined, "20261122.1"))[0].id,
    title: (await work.getWorkItem(101, undefined, undefined, undefined, "Shop")).fields["System.Title"],
  };
  // Enumerations come as numbers here.
  const outcomes = async () =>
    (await plans.getPointsList("Shop", 10, 12)).map((point) => point.results.outcome);
  const points = await plans.getPointsList("Shop", 10, 12);
  seen.before = await outcomes();
  const run = await test.createTestRun(
    {
      name: "node client",
      automated: true,
      plan: { id: "10" },
      pointIds: [points[0].id, points[1].id],
      build: { id: String(seen.build) },
    },
    "Shop",
  );
  const results = await test.getTestResults("Shop", run.id);
  await test.updateTestResults(
    [
      { id: results[0].id, state: "Completed", outcome: "Failed", errorMessage: "boom" },
      { id: results[1].id, state: "Completed", outcome: "Passed", durationInMs: 12.5 },
    ],
    "Shop",
    run.id,
  );
  const file = { stream: "aGVsbG8=", fileName: "log.txt", attachmentType: "GeneralAttachment" };
  const attached = await test.createTestResultAttachment(file, "Shop", run.id, results[0].id);
  await test.createTestRunAttachment(file, "Shop", run.id);
  seen.attachments = (await test.getTestResultAttachments("Shop", run.id, results[0].id)).map(
    (item) => item.fileName,
  );
  seen.content = await text(
    await test.getTestResultAttachmentContent("Shop", run.id, results[0].id, attached.id),
  );
  seen.state = (await test.updateTestRun({ state: "Completed" }, "Shop", run.id)).state;
  seen.run = run.id;
  seen.web = (await test.getTestRunById("Shop", run.id)).webAccessUrl;
  seen.after = await outcomes();
  process.stdout.write(JSON.stringify(seen));
}

main().catch((error) => {
  console.error(error);
  process.exitCode = 1;
});
