#include "sim/engine/flow_net.h"

#include <algorithm>
#include <cmath>

namespace ringside::sim {
namespace {

// What is left below this is rounding of the fluid arithmetic.
constexpr double kDoneBytes = 1e-3;

}  // namespace

FlowNet::FlowNet(std::vector<NodeLink> links, int num_flows, uint32_t event_kind, EventQueue* queue)
    : links_(std::move(links)), event_kind_(event_kind), queue_(queue) {
  flows_.resize(num_flows);
  ways_.resize(2 * links_.size());
  for (size_t i = 0; i < links_.size(); ++i) {
    ways_[2 * i].rate = links_[i].egress_bytes_per_ns;
    ways_[2 * i + 1].rate = links_[i].ingress_bytes_per_ns;
    ways_[2 * i].burst_bytes = ways_[2 * i].token_bytes = links_[i].egress_burst_bytes;
    ways_[2 * i + 1].burst_bytes = ways_[2 * i + 1].token_bytes = links_[i].ingress_burst_bytes;
  }
}

void FlowNet::Fill(Way& way) {
  const double passed_ns = static_cast<double>(queue_->now_ns() - way.filled_ns);
  way.filled_ns = queue_->now_ns();
  const double spare_rate = std::max(0.0, way.rate - way.used_rate);
  way.token_bytes = std::min(way.burst_bytes, way.token_bytes + spare_rate * passed_ns);
}

double FlowNet::TakeBurst(Way& egress, Way& ingress, double bytes) {
  double burst = bytes;
  for (Way* way : {&egress, &ingress}) {
    if (way->rate == 0) continue;
    Fill(*way);
    burst = std::min(burst, way->token_bytes);
  }
  for (Way* way : {&egress, &ingress}) {
    if (way->rate > 0) way->token_bytes -= burst;
  }
  return burst;
}

void FlowNet::Start(uint32_t id, int from_node, int to_node, double bytes) {
  RINGSIDE_CHECK(bytes > 0 && Limits(from_node, to_node));
  Flow& flow = flows_[id];
  RINGSIDE_CHECK(!flow.running);
  flow.running = true;
  flow.egress = 2 * from_node;
  flow.ingress = 2 * to_node + 1;
  flow.left_bytes = bytes - TakeBurst(ways_[flow.egress], ways_[flow.ingress], bytes);
  flow.rate = 0;
  flow.updated_ns = queue_->now_ns();
  flow.pending_ns = -1;
  ways_[flow.egress].flows.push_back(id);
  ways_[flow.ingress].flows.push_back(id);
  Share(flow.egress, flow.ingress);
}

bool FlowNet::OnEvent(const Event& event) {
  Flow& flow = flows_[event.target];
  if (event.stamp != flow.stamp) return false;
  flow.running = false;
  ++flow.stamp;
  for (int way : {flow.egress, flow.ingress}) {
    auto& flows = ways_[way].flows;
    flows.erase(std::find(flows.begin(), flows.end(), event.target));
  }
  Share(flow.egress, flow.ingress);
  return true;
}

// Adds the way and, through its flows, everything that is connected with it to the part.
void FlowNet::Visit(int first) {
  if (ways_[first].visit == visit_) return;
  ways_[first].visit = visit_;
  part_ways_.push_back(first);
  for (size_t next = part_ways_.size() - 1; next < part_ways_.size(); ++next) {
    Way& way = ways_[part_ways_[next]];
    // A way without a limit does not tie its flows together.
    for (uint32_t id : way.flows) {
      Flow& flow = flows_[id];
      if (flow.visit == visit_) continue;
      if (way.rate == 0 && part_ways_[next] != first) continue;
      flow.visit = visit_;
      part_flows_.push_back(id);
      for (int other : {flow.egress, flow.ingress}) {
        if (ways_[other].visit == visit_) continue;
        ways_[other].visit = visit_;
        part_ways_.push_back(other);
      }
    }
  }
}

void FlowNet::Share(int egress, int ingress) {
  ++visit_;
  part_flows_.clear();
  part_ways_.clear();
  Visit(egress);
  Visit(ingress);
  for (int way : part_ways_) Fill(ways_[way]);
  if (part_flows_.empty()) {
    for (int way : part_ways_) ways_[way].used_rate = 0;
    return;
  }

  const int64_t now = queue_->now_ns();
  for (uint32_t id : part_flows_) {
    Flow& flow = flows_[id];
    flow.left_bytes -= flow.rate * static_cast<double>(now - flow.updated_ns);
    flow.updated_ns = now;
    flow.fixed = false;
  }
  for (int index : part_ways_) {
    Way& way = ways_[index];
    way.free = way.rate;
    way.open = 0;
    for (uint32_t id : way.flows) way.open += flows_[id].visit == visit_ ? 1 : 0;
  }
  // Progressive filling: the tightest way gives each of its open flows an equal share; repeat.
  size_t fixed = 0;
  while (fixed < part_flows_.size()) {
    int tightest = -1;
    double share = INFINITY;
    for (int index : part_ways_) {
      const Way& way = ways_[index];
      if (way.rate == 0 || way.open == 0) continue;
      if (way.free / way.open < share) {
        share = way.free / way.open;
        tightest = index;
      }
    }
    RINGSIDE_CHECK(tightest >= 0);  // Start() takes limited flows only
    for (uint32_t id : ways_[tightest].flows) {
      Flow& flow = flows_[id];
      if (flow.fixed) continue;
      flow.fixed = true;
      flow.rate = share;
      ++fixed;
      for (int index : {flow.egress, flow.ingress}) {
        ways_[index].free -= share;
        --ways_[index].open;
      }
    }
  }
  for (int index : part_ways_) ways_[index].used_rate = ways_[index].rate - ways_[index].free;
  for (uint32_t id : part_flows_) {
    Flow& flow = flows_[id];
    const double left_ns = flow.left_bytes > kDoneBytes ? std::ceil(flow.left_bytes / flow.rate - 1e-6) : 0;
    const int64_t time = now + static_cast<int64_t>(left_ns);
    if (time == flow.pending_ns) continue;
    flow.pending_ns = time;
    queue_->Push(time, event_kind_, id, ++flow.stamp);
  }
}

}  // namespace ringside::sim
