#!/usr/bin/env bash
# Puts the messages in QUEUE, one of dead letters, back into the queue that they come from: of the running local stack (PORT as for make run), or with STACK
# of the stack of that name on AWS, by the AWS CLI with its credentials and region. When to do that, and when not: infra/runbook.md, Dead letters.
set -euo pipefail

queue=${QUEUE:-}
stack=${STACK:-}
if [[ ! $queue =~ ^[A-Za-z0-9]+$ ]]; then
  echo "usage: make redrive QUEUE=MailDeadLetters [STACK=prism-access]" >&2
  exit 2
fi

if [[ -z $stack ]]; then
  local=http://localhost:${PORT:-8080}
  failed=0
  answer=$(curl --silent --show-error --fail-with-body --header 'Content-Type: application/json' --data "{\"queue\": \"$queue\"}" "$local/dev/redrive" 2>&1) || failed=$?
  said=$(sed -n 's/.*"message": *"\(.*\)"}.*/\1/p' <<<"$answer" | sed 's/\\"/"/g')
  [[ $failed == 0 ]] || { echo "nothing moved: ${said:-$local: $answer}" >&2; exit 1; }
  echo "$said What becomes of them: $local/dev"
  exit 0
fi

# arn prints a queue's ARN and about how many messages are in it.
arn() {
  aws sqs get-queue-attributes --queue-url "$1" --attribute-names QueueArn ApproximateNumberOfMessages \
    --query 'Attributes.[QueueArn, ApproximateNumberOfMessages]' --output text
}

resources=$(aws cloudformation list-stack-resources --stack-name "$stack" --output text \
  --query "StackResourceSummaries[?ResourceType=='AWS::SQS::Queue' || ResourceType=='AWS::Logs::LogGroup'].[ResourceType, LogicalResourceId, PhysicalResourceId]")
queues=$(awk '$1 == "AWS::SQS::Queue" {print $2, $3}' <<<"$resources")
logs=$(awk '$1 == "AWS::Logs::LogGroup" && $2 != "AccessLog" {printf "the log group %s, ", $3}' <<<"$resources")
url=$(awk -v queue="$queue" '$1 == queue {print $2}' <<<"$queues")
if [[ -z $url ]]; then
  echo "nothing moved: there is no queue \"$queue\" in the stack $stack, which has: $(awk '{printf "%s%s", sep, $1; sep = ", "}' <<<"$queues")" >&2
  exit 1
fi
source=$(aws sqs list-dead-letter-source-queues --queue-url "$url" --query 'queueUrls[0]' --output text)
if [[ -z $source || $source == None ]]; then
  echo "nothing moved: $queue has no messages of another queue, so nothing goes back. What to do with them: infra/runbook.md, Dead letters." >&2
  exit 1
fi
read -r from count < <(arn "$url")
read -r to _ < <(arn "$source")
if [[ $count == 0 ]]; then
  echo "$from is empty: nothing moved"
  exit 0
fi

# The destination is named: what the bus could not deliver has no queue that it would go back to by itself.
echo "Moving about $count messages from $from to $to ..."
aws sqs start-message-move-task --source-arn "$from" --destination-arn "$to" >/dev/null
while
  read -r status moved reason < <(aws sqs list-message-move-tasks --source-arn "$from" --max-results 1 --output text \
    --query 'Results[0].[Status, ApproximateNumberOfMessagesMoved, FailureReason]')
  [[ $status == RUNNING || $status == CANCELLING ]]
do
  sleep 5
done
echo "$status, about $moved messages moved. What becomes of them: ${logs}the alarm ${queue}Alarm"
[[ $status == COMPLETED ]] || { echo "it ended because of: $reason" >&2; exit 1; }
