"""The look of the charts: a small Plotly template with large type, readable without colour.

Colours: Okabe and Ito, "Color Universal Design", https://jfly.uni-koeln.de/color/.
"""

import plotly.graph_objects as go  # type: ignore[import-untyped]

INK = "#1b1b1b"
GREY = "#5a5a5a"
GRID = "#dcdcdc"
PAPER = "#ffffff"
BLUE = "#0072b2"
ORANGE = "#e69f00"
VERMILION = "#d55e00"
PALE_BLUE = "#d6e8f3"
PALE_ORANGE = "#fbe6c3"

FONT = "system-ui, 'Segoe UI', 'DejaVu Sans', sans-serif"
SIZE = 15
SMALL = 13

TEMPLATE = go.layout.Template(
    layout={
        "font": {"family": FONT, "size": SIZE, "color": INK},
        "paper_bgcolor": PAPER,
        "plot_bgcolor": PAPER,
        "title": {"font": {"size": 21}, "x": 0.01, "xanchor": "left", "y": 0.98, "yanchor": "top"},
        "xaxis": {"gridcolor": GRID, "zerolinecolor": GREY},
        "yaxis": {"ticklabelstandoff": 6},
        "hoverlabel": {"bgcolor": PAPER, "font": {"color": INK, "size": SIZE}},
        "legend": {"xref": "container", "x": 0.005, "xanchor": "left", "yanchor": "top"},
        "showlegend": True,
        "bargap": 0.28,
    },
    data={
        "bar": [
            {
                "textposition": "outside",
                "cliponaxis": False,
                "marker": {"pattern": {"size": 7, "solidity": 0.25}},
            }
        ]
    },
)
