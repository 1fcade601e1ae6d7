package main

// A flow that the judge does not have: built together with its source, it uses the judge's way to start the SDK.

import (
	"os"

	"github.com/Axway/agent-sdk/pkg/config"
	"github.com/Axway/agent-sdk/pkg/transaction/metric"
	"github.com/Axway/agent-sdk/pkg/transaction/models"
)

const transactions = 30

func init() {
	flows["usage"] = flowUsage
}

// flowUsage lets the SDK report usage in three cycles: the first report is to be refused by the server and is kept, the second is
// taken, and the third has nothing left to report. The SDK tells nobody what became of a report: whoever runs the flow asks the server.
func flowUsage() (obj, error) {
	const never = "0 0 1 1 *" // by itself, that is: the flow triggers the cycles
	os.Setenv("QA_CENTRAL_METRICREPORTING_SCHEDULE", never)
	os.Setenv("QA_CENTRAL_USAGEREPORTING_SCHEDULE", never)
	os.Setenv("CENTRAL_USAGEREPORTING_PUBLISH", "true")
	details := obj{}
	err := runAgent(config.TraceabilityAgent, nil, func() error {
		// A cycle begins only while ingestion is healthy.
		if _, err := openTraceability(); err != nil {
			return err
		}
		var collector metric.Collector
		if err := waitFor("the metric collector", func() (bool, string) {
			collector = metric.GetMetricCollector()
			return collector != nil, "none"
		}); err != nil {
			return err
		}
		for i := 0; i < transactions; i++ {
			collector.AddMetric(models.APIDetails{ID: "remoteApiId_judge.usage", Name: "judge.usage"}, "200", 1, 0, "judge-app")
		}
		for _, cycle := range []string{"refused", "taken", "nothing left"} {
			mark(cycle)
			collector.ShutdownPublish()
		}
		details["transactions"] = transactions
		return nil
	})
	return details, err
}
